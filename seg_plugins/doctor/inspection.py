"""The inspection of one image with its label, read once."""

import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import cv2
import numpy as np

from seg_plugins.datasets.label_check import count_ids, describe_sizes
from seg_plugins.datasets.statistics import ChannelSums
from seg_plugins.files.picture_pixels import stored_turned
from seg_plugins.progress import track_map

from .entries import Split

__all__ = ["THUMBNAIL", "Inspection", "inspect_all", "inspect_entry"]

THUMBNAIL = 32


@dataclass
class Inspection:
    """The properties of one entry.

    Attributes:
        split: Name of the split.
        image: Path of the image.
        label: Path of the label.
        fault: Description of a fault, or None; with a fault, all other attributes are empty.
        counts: (256,) int64 pixels per training id; 255 is ignored.
        size: Height and width in pixels.
        mean: (C,) mean intensity per channel, in the order in which the image is loaded (blue first for
            colour).
        square: (C,) mean squared intensity.
        valid: (C,) number of values with data; missing values are in none of these figures.
        missing: Number of missing values.
        orientation: EXIF orientation of the image file, 1..8.
        label_orientation: EXIF orientation of the label file.
        thumbnail: (32, 32) uint8 grey.
    """

    split: str
    image: str
    label: str
    fault: str | None = None
    counts: np.ndarray = field(default_factory=lambda: np.zeros(256, np.int64))
    size: tuple[int, int] = (0, 0)
    mean: np.ndarray = field(default_factory=lambda: np.zeros(0))
    square: np.ndarray = field(default_factory=lambda: np.zeros(0))
    valid: np.ndarray | None = None
    missing: int = 0
    orientation: int = 1
    label_orientation: int = 1
    thumbnail: np.ndarray = field(default_factory=lambda: np.zeros((THUMBNAIL, THUMBNAIL), np.uint8))

    @property
    def labelled(self) -> int:
        """Number of pixels that have a class."""
        return int(self.counts[:255].sum())

    @property
    def present(self) -> np.ndarray:
        """Ids of the classes that occur."""
        return np.flatnonzero(self.counts[:255])


def grey(image: np.ndarray) -> np.ndarray:
    """Convert (H, W, C) or (H, W) of any type to (H, W) uint8; more than 8 bits are stretched."""
    plane = image if image.ndim == 2 else image[..., :3].mean(-1)
    if image.dtype != np.uint8:
        low, high = float(plane.min()), float(plane.max())
        plane = (plane - low) * (255.0 / max(high - low, 1e-12))
    return plane.astype(np.uint8)


def inspect_entry(split: Split, entry: dict[str, Any]) -> Inspection:
    """Load one entry as training does, and measure it; an error becomes its fault."""
    found = Inspection(split.name, entry["img_path"], entry["seg_map_path"])
    try:
        loaded = split.load({**entry, "seg_fields": []})
    except Exception as error:  # a damaged file may raise anything, and the next file must still be read
        found.fault = (
            f"{error}"
            if str(found.label) in str(error) or str(found.image) in str(error)
            else (f"{found.image} with {found.label}: {error}")
        )
        return found
    image, label = loaded["img"], loaded["gt_seg_map"]
    if label.shape != image.shape[:2]:
        found.fault = describe_sizes(found.label, label.shape, found.image, image.shape[:2])
        return found
    found.counts = count_ids(np.ascontiguousarray(label, np.uint8))
    found.size = label.shape
    planes = image if image.ndim == 3 else image[..., None]
    gaps = loaded.get("missing")
    gaps = gaps.reshape(planes.shape) if gaps is not None and gaps.size == planes.size else None
    sums = ChannelSums(planes.shape[2])
    sums.add(planes, gaps)
    found.mean, found.square = (
        sums.total / np.maximum(sums.count, 1),
        sums.squares / np.maximum(sums.count, 1),
    )
    found.valid, found.missing = sums.count, 0 if gaps is None else int(gaps.sum())
    if os.path.isfile(found.image) and os.path.isfile(found.label):
        found.orientation, found.label_orientation = stored_turned(found.image), stored_turned(found.label)
    found.thumbnail = cv2.resize(grey(image), (THUMBNAIL, THUMBNAIL), interpolation=cv2.INTER_AREA)
    return found


def inspect_all(splits: Sequence[Split], jobs: int | None = None) -> list[Inspection]:
    """Read every entry of every split, in parallel, with a progress bar.

    Args:
        splits: Splits from `read_splits`.
        jobs: Number of threads; all cores by default.
    """
    work = [(split, entry) for split in splits for entry in split.entries]
    threads, title = jobs or os.cpu_count() or 1, "reading images and labels"
    return list(track_map(lambda pair: inspect_entry(*pair), work, title, threads))
