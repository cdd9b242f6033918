"""Images and masks of one's own, in any two folders."""

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
    """Returns the image files of a folder and those below it, relative to it, sorted."""
    return files_below(folder)


@DATASETS.register_module()
class FolderSegDataset(CheckedSegDataset):
    """Any folder of images with any folder of masks.

    Masks are of any depth and say a class by its id, by its colour, by 0 and 255, by transparency, or by a
    channel per class. A value that is neither a class nor ignored is named with its file before the first
    step. What was resolved is printed once at the start.

    Args:
        classes: Names of the classes.
        values: Value of each class in the masks: ids, colours (red, green, blue) or "#rrggbb"; [0, 255]
            for a foreground mask; (red, green, blue, opacity) where transparency tells, and one number a
            channel for masks of other channels. By default 0, 1, 2, ...
        ignored: Values that are not counted, such as 255 or -1.
        nearest: Whether other values are taken for the nearest, as soft or resized masks need; JPEG masks are
            read so anyway.
        palette: Colour of each class for drawing; colours in `values` serve, else some are chosen.
        thing_classes: Classes that can be counted.
        img_suffix: Ending of the images; by default all that are known.
        seg_map_suffix: What replaces an image's ending in its mask's name, or several; by default guessed.
        **kwargs: As `CheckedSegDataset`.

    Raises:
        ValueError: If classes and values do not fit, a mask is faulty, or `reduce_zero_label` or
            `ignore_index` is given, which `values` and `ignored` stand for here.
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
                    f"FolderSegDataset({key}={kwargs[key]}) would change nothing: say with `ignored` "
                    "which values of the masks do not count, and with `values` which are classes; for "
                    "instance values=[1, 2], ignored=[0]"
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
        """Loads and checks as usual, and then says what was resolved."""
        if self._fully_initialized:
            return
        super().full_init()
        if not self.test_mode:
            how = "guessed" if self.guessed else "given"
            print_log(
                f"{len(self)} images of {self.data_prefix.get('img_path')}, masks end in "
                f"{self.seg_map_suffix!r} ({how}):\n{self.code.table()}",
                logger="current",
            )

    def pair_files(self) -> tuple[list[dict[str, Any]], list[str], list[str]]:
        """Matches images and masks, guessing the suffix of the masks first if need be."""
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
        """Reads every mask and resolves its values."""
        totals = check_all(pairs, self.look)
        if self.values_by_default and self.code.ignored == ((255,),):
            require_object(totals, len(self.code.classes), pairs)

    def look(self, image_path: str, mask_path: str) -> tuple[str | None, np.ndarray]:
        """Looks at one mask: what is wrong, or None; and (256,) pixels per id of training."""
        try:
            mask = self.code.read(Path(mask_path).read_bytes(), mask_path)
            size = picture_size(image_path)
        except (OSError, ValueError) as error:
            return str(error), np.zeros(256, np.int64)
        if mask.shape != size:
            return describe_sizes(mask_path, mask.shape, image_path, size), np.zeros(256, np.int64)
        return None, count_ids(mask)
