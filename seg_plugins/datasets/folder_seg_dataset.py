"""The user's own images and masks, in any two folders."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmseg.registry import DATASETS

from seg_plugins.files.file_names import IMAGE_SUFFIXES, files_below
from seg_plugins.files.picture_pixels import picture_size

from .checked_seg_dataset import CheckedSegDataset, is_one_folder
from .label_check import check_all, count_ids, describe_sizes, require_object
from .mask_code import MaskCode
from .mask_suffixes import guess_suffixes

__all__ = ["FolderSegDataset", "image_names", "picture_size"]


def image_names(folder: str | Path) -> list[str]:
    """Return the image files in and below a folder, relative to it, sorted."""
    return files_below(folder)


@DATASETS.register_module()
class FolderSegDataset(CheckedSegDataset):
    """Any folder of images with any folder of masks.

    Masks may have any depth. They may encode a class by its id, its colour, 0 and 255, transparency, or one
    channel per class. A value that is neither a class nor ignored is reported with its file before the first
    step. The resolved settings are printed once at the start.

    Args:
        classes: Names of the classes.
        values: Value of each class in the masks: ids, colours (red, green, blue) or "#rrggbb"; [0, 255] for a
            foreground mask; (red, green, blue, opacity) if transparency tells classes apart; one number per
            channel for masks with other channels. By default 0, 1, 2, ...
        ignored: Values that do not count, such as 255 or -1.
        nearest: Whether other values count as the nearest class, as soft or resized masks need. JPEG masks
            are always read in this way.
        palette: Colour of each class for drawing. By default, the colours in `values`, else chosen ones.
        thing_classes: Names of the thing classes.
        img_suffix: Suffixes of the images; by default all known ones.
        seg_map_suffix: Replaces an image's suffix in the name of its mask, or several; guessed by default.
        **kwargs: Arguments of `CheckedSegDataset`.

    Raises:
        ValueError: If classes and values do not match, a mask is faulty, or `reduce_zero_label` or
            `ignore_index` is given (use `values` and `ignored` instead).
        FileNotFoundError: If a folder or file is missing.
    """

    def __init__(
        self,
        classes: Sequence[str],
        values: Sequence[Any] | None = None,
        ignored: Sequence[Any] = (255,),
        nearest: bool = False,
        palette: Sequence[Sequence[int]] | None = None,
        thing_classes: Sequence[str] = (),
        img_suffix: str | tuple[str, ...] | None = None,
        seg_map_suffix: str | tuple[str, ...] | None = None,
        **kwargs: Any,
    ) -> None:
        for key, usual in (("reduce_zero_label", False), ("ignore_index", 255)):
            if kwargs.get(key, usual) != usual:
                raise ValueError(
                    f"FolderSegDataset({key}={kwargs[key]}) has no effect: list in `ignored` the values of "
                    "the masks that do not count, and in `values` those of the classes; for example "
                    "values=[1, 2], ignored=[0]"
                )
        self.code = MaskCode.make(classes, values, ignored, nearest)
        metainfo = dict(classes=tuple(classes), thing_classes=tuple(thing_classes))
        if palette is not None or self.code.colours:
            metainfo["palette"] = [list(c) for c in (palette or self.code.values)]
        self.values_by_default = values is None
        self.guessed = seg_map_suffix is None
        super().__init__(
            img_suffix=img_suffix or IMAGE_SUFFIXES,
            seg_map_suffix=seg_map_suffix or "",
            metainfo=metainfo | dict(kwargs.pop("metainfo", None) or {}),
            **kwargs,
        )

    def full_init(self) -> None:
        """Load and check as usual, then print the resolved settings."""
        if self._fully_initialized:
            return
        super().full_init()
        if not self.test_mode:
            images = f"{len(self)} images of {self.data_prefix.get('img_path')}"
            how = "guessed" if self.guessed else "given"
            masks = f"masks end in {self.seg_map_suffix!r} ({how}):\n{self.code.table()}"
            labelled = bool(self.data_prefix.get("seg_map_path"))
            words = f"{images}, {masks}" if labelled else f"{images}, without masks"
            print_log(words, logger="current")

    def pair_files(self) -> tuple[list[dict[str, Any]], list[str], list[str]]:
        """Match images and masks; first guess the suffix of the masks if it is not given."""
        images, masks = self.data_prefix.get("img_path"), self.data_prefix.get("seg_map_path")
        if self.guessed and masks:
            self.require_folder(images, "images")
            self.require_folder(masks, "masks")
            names = image_names(images)
            if names:
                given = None if self.img_suffix == IMAGE_SUFFIXES else self.img_suffix
                one_folder = is_one_folder(images, masks)
                self.img_suffix, self.seg_map_suffix = guess_suffixes(
                    names, image_names(masks), one_folder, given
                )
        entries, unlabelled, orphans = super().pair_files()
        return [entry | dict(mask_code=self.code) for entry in entries], unlabelled, orphans

    def check_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Read every mask and resolve its values."""
        totals = check_all(pairs, self.look)
        if self.values_by_default and self.code.ignored == ((255,),):
            require_object(totals, len(self.code.classes), pairs)

    def look(self, image_path: str, mask_path: str) -> tuple[str | None, np.ndarray]:
        """Check one mask; return what is wrong, or None, and the pixels (256,) per training id."""
        try:
            mask = self.code.read(Path(mask_path).read_bytes(), mask_path)
            size = picture_size(image_path)
        except (OSError, ValueError) as error:
            return str(error), np.zeros(256, np.int64)
        if mask.shape != size:
            return describe_sizes(mask_path, mask.shape, image_path, size), np.zeros(256, np.int64)
        return None, count_ids(mask)
