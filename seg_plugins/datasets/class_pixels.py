"""Class pixels: how many pixels of each class every image of a data set has."""

import hashlib
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.dataset import ConcatDataset
from mmseg.datasets import MultiImageMixDataset

from seg_plugins.files.atomic import atomic_path
from seg_plugins.files.file_names import name_key
from seg_plugins.progress import track_map

from .label_check import count_ids
from .packing import LOADERS, digests_of, reading_of

__all__ = ["class_pixels"]


def is_label_loader(transform: Any) -> bool:
    """Return whether a transform loads labels."""
    kind = type(transform).__name__
    return LOADERS.get(kind) == "labels" or (kind == "LoadPacked" and transform.part == "labels")


def is_image_loader(transform: Any) -> bool:
    """Return whether a transform loads the image from a file."""
    return LOADERS.get(type(transform).__name__) == "image"


def loader_settings(transform: Any) -> dict[str, Any]:
    """Return the name and the plain settings of a transform."""
    plain = (bool, int, float, str, list, tuple, dict, type(None))
    return {"type": type(transform).__name__} | {
        k: v for k, v in vars(transform).items() if isinstance(v, plain)
    }


def label_reader(dataset: Any) -> Callable[[int], np.ndarray]:
    """Build the function by which a data set loads labels, from an index to (H, W) uint8.

    A TIFF image is loaded too, because the labels of its pixels without data do not count.

    Raises:
        ValueError: If its pipeline loads no labels.
    """
    transforms = dataset.pipeline.transforms
    images = list(filter(is_image_loader, transforms))
    loader = next(filter(is_label_loader, transforms), None)
    if loader is None:
        raise ValueError("the pipeline loads no labels to count the classes of: add LoadSegAnnotations")

    def read(index: int) -> np.ndarray:
        entry = dataset.get_data_info(index)
        for load in images if name_key(entry["img_path"]).endswith((".tif", ".tiff")) else ():
            entry = load(entry)
        return loader(entry)["gt_seg_map"]

    return read


def class_pixels(dataset: Any) -> np.ndarray:
    """Count the pixels of every class in every image, and cache the result below the data root.

    Args:
        dataset: A data set of mmseg's kind that loads labels, several in a `ConcatDataset`, or one in a
            `MultiImageMixDataset`. Wrappers that pass attributes through are accepted too.

    Returns:
        (N, K) int64.
    """
    for found in (dataset, getattr(dataset, "dataset", None)):
        if isinstance(found, ConcatDataset):
            return np.concatenate([class_pixels(part) for part in found.datasets])
        if isinstance(found, MultiImageMixDataset):
            return class_pixels(found.dataset)
    read, classes = label_reader(dataset), len(dataset.metainfo["classes"])
    root = getattr(dataset, "data_root", None)
    loads = lambda transform: is_label_loader(transform) or is_image_loader(transform)  # noqa: E731
    how = [loader_settings(t) for t in filter(loads, dataset.pipeline.transforms)]
    digest = hashlib.blake2b(digests_of(dataset, root).tobytes(), digest_size=8)
    digest.update(json.dumps([classes, how, reading_of(dataset)], sort_keys=True, default=repr).encode())
    kept = Path(root) / f".class_pixels-{digest.hexdigest()}.npy" if root else None
    if kept is not None and kept.is_file():
        return np.load(kept)
    count = lambda index: count_ids(read(index))[:classes]  # noqa: E731
    table = np.stack(list(track_map(count, range(len(dataset)), "counting classes")))
    if kept is not None and os.access(kept.parent, os.W_OK):
        with atomic_path(kept) as path:
            np.save(path, table)
    return table
