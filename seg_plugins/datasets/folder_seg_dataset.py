"""Images and masks of one's own, in any two folders."""

import os
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmseg.registry import DATASETS
from PIL import UnidentifiedImageError

from seg_plugins.files.pictures import open_picture

from .checked_seg_dataset import CheckedSegDataset
from .label_check import check_all, count_ids, displayed_size
from .mask_code import MaskCode, read_mask
from .tiff import tiff_shape

__all__ = ["FolderSegDataset", "guess_mask_suffix", "image_names", "picture_size"]

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".tif", ".tiff", ".bmp", ".webp")


def image_names(folder: str | Path) -> list[str]:
    """Returns the image files of a folder and those below it, relative to it, sorted."""
    root = Path(folder)
    return sorted(
        path.relative_to(root).as_posix()
        for path in root.rglob("*")
        if path.suffix.lower() in IMAGE_SUFFIXES and not path.name.startswith(".") and path.is_file()
    )


def guess_mask_suffix(images: Sequence[str], masks: Sequence[str]) -> str:
    """Finds what mask names add to the names of their images.

    Args:
        images: Names of the images, with ending.
        masks: Names of the masks, with ending.

    Returns:
        The suffix that gives the most images a mask, such as ".png" or "_mask.png".

    Raises:
        ValueError: If no suffix gives any image a mask.

    >>> guess_mask_suffix(["a.jpg", "ab.jpg"], ["a_mask.png", "ab_mask.png"])
    '_mask.png'
    """
    present, stems = set(masks), [os.path.splitext(name)[0] for name in images]
    sample = stems[:: max(1, len(stems) // 20)]
    tried = Counter(mask[len(stem) :] for stem in sample for mask in masks if mask.startswith(stem))
    scored = [(sum(stem + suffix in present for stem in stems), -len(suffix), suffix) for suffix in tried]
    if not scored or max(scored)[0] == 0:
        raise ValueError(
            f"no mask is named like an image: images are {list(images[:3])}, masks {list(masks[:3])}; give "
            "the masks the names of their images, or set seg_map_suffix"
        )
    return max(scored)[2]


def picture_size(path: str | Path) -> tuple[int, int]:
    """Reads height and width of an image from its header."""
    try:
        with open_picture(path) as picture:
            return displayed_size(picture)
    except UnidentifiedImageError:
        return tiff_shape(Path(path))


@DATASETS.register_module()
class FolderSegDataset(CheckedSegDataset):
    """Any folder of images with any folder of masks.

    Masks have 8 or 16 bits and say a class by its id, by its colour, or by 0 and 255. A value that is
    neither a class nor ignored is named with its file before the first step. What was resolved is
    printed once at the start.

    Args:
        classes: Names of the classes.
        values: Value of each class in the masks: ids, colours (red, green, blue) or "#rrggbb"; [0, 255]
            for a foreground mask. By default 0, 1, 2, ...
        ignored: Values that are not counted.
        palette: Colour of each class for drawing; colours in `values` serve, else some are chosen.
        thing_classes: Classes that can be counted.
        img_suffix: Ending of the images; by default all that are known.
        seg_map_suffix: What replaces an image's ending in its mask's name; by default it is guessed.
        **kwargs: As `CheckedSegDataset`.

    Raises:
        ValueError: If classes and values do not fit, or a mask is faulty.
        FileNotFoundError: If a folder or file is missing.
    """

    def __init__(
        self,
        classes: Sequence[str],
        values: Sequence[Any] | None = None,
        ignored: Sequence[Any] = (255,),
        palette: Sequence[Sequence[int]] | None = None,
        thing_classes: Sequence[str] = (),
        img_suffix: str | tuple[str, ...] | None = None,
        seg_map_suffix: str | None = None,
        **kwargs: Any,
    ) -> None:
        self.code = MaskCode.make(classes, values, ignored)
        metainfo = dict(classes=tuple(classes), thing_classes=tuple(thing_classes))
        if palette is not None or self.code.colours:
            metainfo["palette"] = [list(c) for c in (palette or self.code.values)]
        self.guessed = seg_map_suffix is None
        super().__init__(
            img_suffix=img_suffix or (*IMAGE_SUFFIXES, *(s.upper() for s in IMAGE_SUFFIXES)),
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
                self.seg_map_suffix = guess_mask_suffix(names, image_names(masks))
        entries, unlabelled, orphans = super().pair_files()
        return [entry | dict(mask_code=self.code) for entry in entries], unlabelled, orphans

    def check_pairs(self, pairs: Sequence[tuple[str, str]]) -> None:
        """Reads every mask and resolves its values."""
        check_all(pairs, self.look)

    def look(self, image_path: str, mask_path: str) -> tuple[str | None, np.ndarray]:
        """Looks at one mask: what is wrong, or None; and (256,) pixels per id of training."""
        try:
            mask = self.code.decode(
                read_mask(Path(mask_path).read_bytes(), mask_path, self.code.colours), mask_path
            )
            size = picture_size(image_path)
        except (OSError, ValueError) as error:
            return str(error), np.zeros(256, np.int64)
        if mask.shape != size:
            return (
                f"label {mask_path} is {mask.shape[0]}x{mask.shape[1]} (HxW), its image {image_path} is "
                f"{size[0]}x{size[1]}: resize the label with nearest neighbour"
            ), np.zeros(256, np.int64)
        return None, count_ids(mask)
