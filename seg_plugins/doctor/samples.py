"""Images of a data set under their masks, and examples of each class."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from seg_plugins.ops.display import shown
from seg_plugins.ops.painting import complete_palette, tint

from .entries import Split
from .inspection import Inspection

__all__ = ["Picture", "class_examples", "images_under_masks", "split_palette", "spread"]

IMAGES = 12  # per split
EXAMPLES = 4  # per class
MOST_EXAMPLES = 120  # for all classes together
SIDE = 320  # pixels of the longer side of an image
OUTLINE = 2  # pixels


@dataclass
class Picture:
    """A JPEG with its caption."""

    data: bytes
    caption: str


def spread(count: int, wanted: int) -> list[int]:
    """Return at most `wanted` of the numbers below `count`, evenly spaced, including the first and the last.

    >>> spread(9, 3), spread(2, 3)
    ([0, 4, 8], [0, 1])
    """
    return np.unique(np.linspace(0, count - 1, min(count, wanted)).round().astype(int)).tolist()


def short_name(split: Split, item: Inspection) -> str:
    """Return an image's path below the folder of its split's images."""
    folder = split.dataset.data_prefix.get("img_path") or ""
    inside = Path(item.image).is_relative_to(folder)
    return Path(item.image).relative_to(folder).as_posix() if inside else item.image


def jpeg(pixels: np.ndarray) -> bytes:
    """Encode (H, W, 3) uint8 RGB as JPEG."""
    return cv2.imencode(".jpg", pixels[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, 85])[1].tobytes()


def load_small(split: Split, item: Inspection) -> tuple[np.ndarray, np.ndarray]:
    """Load an entry as training does, and shrink it: (H, W, 3) uint8 RGB and (H, W) ids."""
    entry = next(e for e in split.entries if e["img_path"] == item.image)
    loaded = split.load({**entry, "seg_fields": []})
    image, labels = shown(loaded["img"], bgr=True), np.ascontiguousarray(loaded["gt_seg_map"], np.uint8)
    factor = min(1.0, SIDE / max(labels.shape))
    size = tuple(max(1, round(n * factor)) for n in labels.shape[::-1])
    return (
        cv2.resize(image, size, interpolation=cv2.INTER_AREA),
        cv2.resize(labels, size, interpolation=cv2.INTER_NEAREST),
    )


def images_under_masks(split: Split, found: Sequence[Inspection], palette: np.ndarray) -> list[Picture]:
    """Draw some images of a split under their labels.

    Args:
        split: Split of the images.
        found: Entries of all splits, from `inspect_all`.
        palette: (K, 3) uint8 RGB.
    """
    whole = [item for item in found if item.split == split.name and not item.fault]
    pictures = []
    for i in spread(len(whole), IMAGES):
        image, labels = load_small(split, whole[i])
        laid_over = tint(image, labels, palette, split.classes, 0.55)
        pictures.append(Picture(jpeg(laid_over), short_name(split, whole[i])))
    return pictures


def only(image: np.ndarray, chosen: np.ndarray, colour: np.ndarray) -> np.ndarray:
    """Keep the pixels of `chosen` (H, W) bool with a coloured outline, and turn others light grey."""
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    light = 255 - (255 - grey.astype(np.int64)) // 3
    seen = np.where(chosen[..., None], image, light.astype(np.uint8))
    wide = cv2.dilate(chosen.astype(np.uint8), np.ones((2 * OUTLINE + 1,) * 2, np.uint8)).astype(bool)
    seen[wide & ~chosen] = colour
    return seen


def class_examples(
    splits: Sequence[Split], found: Sequence[Inspection], palette: np.ndarray
) -> dict[str, list[Picture]]:
    """Draw, for each class that occurs, images with it, from the largest part of the image to the smallest.

    Args:
        splits: Splits from `read_splits`.
        found: Entries from `inspect_all`.
        palette: (K, 3) uint8 RGB.
    """
    classes, by_name = splits[0].classes, {split.name: split for split in splits}
    wanted = max(1, min(EXAMPLES, MOST_EXAMPLES // len(classes)))
    examples: dict[str, list[Picture]] = {}
    for number, name in enumerate(classes):
        shares = [
            (item.counts[number] / item.labelled, item)
            for item in found
            if not item.fault and item.counts[number]
        ]
        shares.sort(key=lambda pair: -pair[0])
        for i in spread(len(shares), wanted):
            share, item = shares[i]
            image, labels = load_small(by_name[item.split], item)
            picture = only(image, labels == number, palette[number])
            caption = f"{100 * share:.2g} % of {short_name(by_name[item.split], item)}"
            examples.setdefault(name, []).append(Picture(jpeg(picture), caption))
    return examples


def split_palette(split: Split) -> np.ndarray:
    """Return the (K, 3) uint8 RGB palette of a split's classes."""
    return complete_palette(split.dataset.metainfo.get("palette"), len(split.classes), split.classes)
