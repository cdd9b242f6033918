"""Regions of class maps as COCO annotations, from which the class map can be restored."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from .polygons import Region, simplify

__all__ = ["coco_annotations", "compress_counts", "run_counts"]


def run_counts(region: Region, size: tuple[int, int]) -> list[int]:
    """Return the lengths of the runs outside, inside, outside, ... a region, column by column downwards.

    Args:
        region: A region from `find_regions`.
        size: (H, W) of the image.
    """
    height, width = size
    changes = []
    for ring in (region.outline, *region.holes):
        x, y = ring.astype(np.int64).T
        following = np.roll(x, -1)
        for start, stop, row in zip(np.minimum(x, following), np.maximum(x, following), y, strict=True):
            changes.append(np.arange(start, stop) * height + row)
    places, times = np.unique(np.concatenate(changes), return_counts=True)
    places = places[
        (times == 1) & (places < height * width)
    ]  # twice: down to the edge, and from there in the next column
    return np.diff(places, prepend=0, append=height * width).tolist()


def compress_counts(counts: Sequence[int]) -> str:
    """Write runs as text, like `rleToString` in COCO's maskApi.c: differences in groups of five bits.

    >>> compress_counts([2, 3, 100])
    '23T3'
    """
    text = []
    for index, count in enumerate(counts):
        rest = count - counts[index - 2] if index > 2 else count
        more = True
        while more:
            group, rest = rest & 31, rest >> 5
            more = rest != (-1 if group & 16 else 0)
            text.append(chr(48 + group + 32 * more))
    return "".join(text)


def coco_annotations(
    regions: Sequence[Region], size: tuple[int, int], image_id: int, first_id: int, tolerance: float = 0.0
) -> list[dict[str, Any]]:
    """Return COCO annotations: polygons, and run lengths for regions with holes, which COCO polygons lack.

    All have `iscrowd` 0, like COCO's own stuff annotations, which also use run lengths. Readers skip
    annotations with 1.

    Args:
        regions: Regions from `find_regions`.
        size: (H, W) of the image.
        image_id: Id of the image.
        first_id: Id of the first annotation.
        tolerance: Largest distance in pixels by which a polygon may be simplified; run lengths are exact.
    """
    annotations = []
    for number, region in enumerate(regions):
        (left, top), (right, bottom) = region.outline.min(axis=0), region.outline.max(axis=0)
        shape: Any = [simplify(region.outline, tolerance).ravel().tolist()]
        if region.holes:
            shape = {"size": list(size), "counts": compress_counts(run_counts(region, size))}
        annotations.append(
            {
                "id": first_id + number,
                "image_id": image_id,
                "category_id": region.label,
                "segmentation": shape,
                "bbox": [left, top, right - left, bottom - top],
                "area": region.area,
                "iscrowd": 0,
            }
        )
    return annotations
