"""The user's own images and masks, in any two folders."""

import os
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.logging import print_log
from mmseg.registry import DATASETS

from seg_plugins.files.file_names import IMAGE_SUFFIXES, files_below, name_key, names_by_stem
from seg_plugins.files.picture_pixels import picture_size

from .checked_seg_dataset import CheckedSegDataset, is_one_folder
from .label_check import check_all, count_ids, describe_sizes, require_object
from .mask_code import MaskCode

__all__ = ["FolderSegDataset", "guess_mask_suffix", "guess_suffixes", "image_names", "picture_size"]


MASK_WORDS = ("mask", "label", "gt", "seg", "anno", "truth")


class NoPairError(ValueError):
    """No mask has a name that matches an image."""


def image_names(folder: str | Path) -> list[str]:
    """Return the image files in and below a folder, relative to it, sorted."""
    return files_below(folder)


def guess_mask_suffix(images: Sequence[str], masks: Sequence[str], one_folder: bool = False) -> str:
    """Guess what mask names add to the names of their images.

    Args:
        images: Names of the images, with suffix.
        masks: Names of the masks, with suffix.
        one_folder: Whether both lie in one folder, so that no image is its own mask.

    Returns:
        The suffix that gives the most images a mask, such as ".png" or "_mask.png". Of several, the shortest
        is chosen, preferably not of a JPEG.

    Raises:
        ValueError: If no suffix gives any image a mask, or two fit equally well.

    >>> guess_mask_suffix(["a.jpg", "ab.jpg"], ["a_mask.png", "ab_mask.png"])
    '_mask.png'
    """
    present = {name_key(name): name for name in masks}
    own = [name_key(name) for name in images]
    stems = [os.path.splitext(key)[0] for key in own]
    sample = list(zip(stems, own, strict=True))[:: max(1, len(stems) // 20)]
    tried = Counter(
        key[len(stem) :]
        for stem, image in sample
        for key in present
        if key.startswith(stem) and not (one_folder and key == image)
    )
    scored = []
    for suffix, _ in tried.most_common(50):
        pairs = sum(
            stem + suffix in present and not (one_folder and stem + suffix == key)
            for stem, key in zip(stems, own, strict=True)
        )
        scored.append((pairs, -len(suffix), not suffix.endswith((".jpg", ".jpeg")), suffix))
    scored.sort(reverse=True)
    if not scored or scored[0][0] == 0:
        raise NoPairError(
            f"no mask is named like an image: images are {list(images[:3])}, masks {list(masks[:3])}"
            f"{way_to_pair(stems, list(present))}"
        )
    best = [suffix for *score, suffix in scored if score == list(scored[0][:3])]
    if len(best) > 1:
        ends = " and ".join(map(repr, best))
        if not any(sum(stem + suffix in present for suffix in best) > 1 for stem in stems):
            raise ValueError(f"masks end in {ends}, one ending per image: give all masks the same ending")
        raise ValueError(
            f"images have several masks each, which end in {ends}: set seg_map_suffix "
            "(--mask-suffix of prepare_dataset.py folder) to the one that is meant"
        )
    return best[0]


def way_to_pair(stems: Sequence[str], masks: Sequence[str]) -> str:
    """Say what to do if no mask has a name that matches an image.

    Args:
        stems: Names of the images without suffix.
        masks: Names of the masks.

    >>> way_to_pair(["a"], ["labels/a.png"])
    "; masks lie deeper than images, in 'labels': give that folder"
    """
    if not masks:
        return f": the folder of the masks holds no {', '.join(IMAGE_SUFFIXES)} file"
    folders = {os.path.basename(stem): os.path.dirname(stem) for stem in stems}
    for mask in masks:
        stem, folder = os.path.splitext(os.path.basename(mask))[0], os.path.dirname(mask)
        image = folders.get(stem, folder)
        if image != folder:
            deep = ("masks", "images", folder) if len(folder) > len(image) else ("images", "masks", image)
            return "; {} lie deeper than {}, in {!r}: give that folder".format(*deep)
    return (
        "; give the masks the names of their images, or set seg_map_suffix (--mask-suffix of "
        "prepare_dataset.py folder)"
    )


def guess_suffixes(
    images: Sequence[str],
    masks: Sequence[str],
    one_folder: bool = False,
    given: tuple[str, ...] | None = None,
) -> tuple[tuple[str, ...], str]:
    """Guess the suffixes of image names and mask names, after the part that they share.

    Args:
        images: Names of the images, with suffix.
        masks: Names of the masks, with suffix.
        one_folder: Whether both lie in one folder, so that no image is its own mask.
        given: Suffixes of the images, if known.

    Returns:
        Suffixes of the images, such as ".jpg", or "_sat.jpg" if image names have a mark of their own; and the
        suffix of the masks.

    Raises:
        ValueError: If no suffix gives any image a mask.

    >>> guess_suffixes(["1_sat.jpg", "2_sat.jpg"], ["1_mask.png", "2_mask.png"])
    (('_sat.jpg',), '_mask.png')
    """
    if given:
        plain = [
            stem + os.path.splitext(name)[1]
            for stem, names in names_by_stem(images, given).items()
            for name in names
        ]
        return given, guess_mask_suffix(plain, masks, one_folder)
    try:
        mask_suffix = guess_mask_suffix(images, masks, one_folder)
        return tuple(sorted({os.path.splitext(name_key(name))[1] for name in images})), mask_suffix
    except NoPairError:
        tails = [
            [tail for tail, _ in Counter(map(mark_of, names)).most_common(5)] for names in (images, masks)
        ]
        scored = []
        for image_tail, mask_tail in ((a, b) for a in tails[0] for b in tails[1] if a and b and a != b):
            there = names_by_stem(masks, (mask_tail,))
            pairs = sum(stem in there for stem in names_by_stem(images, (image_tail,)))
            is_mask = any(word in mask_tail.lower() for word in MASK_WORDS)
            scored.append((pairs, is_mask, image_tail, mask_tail))
        if not scored or max(scored)[0] == 0:
            raise
        _, _, image_tail, mask_tail = max(scored)
        return (image_tail,), mask_tail


def mark_of(name: str) -> str:
    """Return the last word of a name with its suffix, or "" if it is the only word.

    >>> mark_of("a/x_1_mask.PNG"), mark_of("x.png")
    ('_mask.png', '')
    """
    match = re.search(r"[^/\w]?[_\-. ][^_\-. /]+\.[^./]+$", name_key(name))
    return match.group(0) if match else ""


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
        seg_map_suffix: Replaces an image's suffix in the name of its mask; guessed by default.
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
        seg_map_suffix: str | None = None,
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
            how = "guessed" if self.guessed else "given"
            print_log(
                f"{len(self)} images of {self.data_prefix.get('img_path')}, masks end in "
                f"{self.seg_map_suffix!r} ({how}):\n{self.code.table()}",
                logger="current",
            )

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
