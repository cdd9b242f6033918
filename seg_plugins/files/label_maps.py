"""File names and file ids of predicted class maps."""

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
    """Return a name without suffix for the results of each path; names that collide are extended.

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
    """Return the label of pixels without data: 255, or 65535 if 255 is one of the `count` classes."""
    return 255 if count <= 255 else 65535


def label_type(count: int) -> type[np.generic]:
    """Return the number type that holds the labels of `count` classes and `no_data_id`."""
    return np.uint8 if count <= 255 else np.uint16


def file_ids(labels: np.ndarray, num_classes: int, reduce_zero_label: bool = False) -> np.ndarray:
    """Convert predicted ids to the ids that a label file of the data set holds.

    Args:
        labels: (H, W) class ids, or larger ids for pixels that a step refused to label.
        num_classes: Number of classes.
        reduce_zero_label: Whether the files count classes from 1, with 0 for no class.

    Returns:
        (H, W) uint8, or uint16 if the ids do not fit 8 bits.

    >>> file_ids(np.array([[0, 149, 255]]), 150, reduce_zero_label=True).tolist()
    [[1, 150, 0]]
    """
    ids = np.asarray(labels).astype(np.int64)
    if reduce_zero_label:
        ids = np.where(ids < num_classes, ids + 1, 0)
    largest = max(num_classes, int(ids.max(initial=0)))  # of 255 classes, 255 means no data
    return ids.astype(np.uint8 if largest < 256 else np.uint16)


def write_label_map(
    path: Path, labels: np.ndarray, num_classes: int, reduce_zero_label: bool = False
) -> None:
    """Write predicted ids as an 8-bit or 16-bit PNG, atomically; see `file_ids` for the arguments."""
    with atomic_path(path) as unfinished:
        Image.fromarray(file_ids(labels, num_classes, reduce_zero_label)).save(unfinished)
