"""Predicted class maps as files: their names, and their ids."""

from collections.abc import Iterable
from itertools import chain, count
from pathlib import Path

import numpy as np
from PIL import Image

from .atomic import atomic_path

__all__ = ["OUTPUTS", "file_ids", "label_type", "no_data_id", "result_names", "write_label_map"]

# What can be written for an image.
OUTPUTS = ("classes", "color", "overlay", "confidence", "uncertainty", "geojson", "coco", "areas")


def result_names(paths: Iterable[Path]) -> list[str]:
    """A name without suffix for the results of each path; where two would share one, it is extended.

    >>> result_names(map(Path, ["a/x.jpg", "b/x.jpg", "b/x.png"]))
    ['a/x', 'b/x', 'b/x_png']
    """
    names: dict[str, None] = {}
    for path in paths:
        stem = str(path.with_suffix(""))
        choices = chain([stem, f"{stem}_{path.suffix.lstrip('.')}"], (f"{stem}_{n}" for n in count(2)))
        names[next(name for name in choices if name not in names)] = None
    return list(names)


def no_data_id(count: int) -> int:
    """The label of pixels without data among `count` classes: 255, or 65535 where that is a class."""
    return 255 if count <= 255 else 65535


def label_type(count: int) -> type[np.generic]:
    """The number type that holds the labels of `count` classes and `no_data_id`."""
    return np.uint8 if count <= 255 else np.uint16


def file_ids(labels: np.ndarray, num_classes: int, reduce_zero_label: bool = False) -> np.ndarray:
    """Predicted ids as a label file of the data set holds them.

    Args:
        labels: (H, W) ids of classes, or ids above them for pixels that a step refused to label.
        num_classes: Number of classes.
        reduce_zero_label: Whether the files count classes from 1, and 0 is no class.

    Returns:
        (H, W) uint8, or uint16 where 8 bits do not hold the ids.

    >>> file_ids(np.array([[0, 149, 255]]), 150, reduce_zero_label=True).tolist()
    [[1, 150, 0]]
    """
    ids = np.asarray(labels).astype(np.int64)
    if reduce_zero_label:
        ids = np.where(ids < num_classes, ids + 1, 0)
    largest = max(num_classes, int(ids.max(initial=0)))  # 255 of 255 classes is no data
    return ids.astype(np.uint8 if largest < 256 else np.uint16)


def write_label_map(
    path: Path, labels: np.ndarray, num_classes: int, reduce_zero_label: bool = False
) -> None:
    """Write predicted ids as PNG of 8 or 16 bits, atomically; the arguments are those of `file_ids`."""
    with atomic_path(path) as unfinished:
        Image.fromarray(file_ids(labels, num_classes, reduce_zero_label)).save(unfinished)
