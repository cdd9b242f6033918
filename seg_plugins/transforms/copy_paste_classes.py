"""Copying of things of rare classes from another image."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from seg_plugins.datasets.class_pixels import class_pixels

__all__ = ["CopyPasteClasses", "paste", "pieces"]


def pieces(labels: np.ndarray, classes: Sequence[int], min_pixels: int) -> list[np.ndarray]:
    """Return the connected components of some classes, each (H, W) bool."""
    found = []
    for k in classes:
        count, ids, stats, _ = cv2.connectedComponentsWithStats((labels == k).astype(np.uint8))
        found += [ids == i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] >= min_pixels]
    return found


def paste(target: dict[str, Any], source: dict[str, Any], piece: np.ndarray, shift: tuple[int, int]) -> None:
    """Copy the pixels of a component, moved down and right by `shift`, as far as they fit; in place."""
    y, x = np.nonzero(piece)
    height, width = target["gt_seg_map"].shape
    to_y, to_x = y + shift[0], x + shift[1]
    fits = (to_y >= 0) & (to_y < height) & (to_x >= 0) & (to_x < width)
    to, since = (to_y[fits], to_x[fits]), (y[fits], x[fits])
    target["img"][to] = source["img"][since]
    target["gt_seg_map"][to] = source["gt_seg_map"][since]
    if "gt_instance_map" in target:
        target["gt_instance_map"][to] = target["gt_instance_map"].max() + 1


@TRANSFORMS.register_module()
class CopyPasteClasses(BaseTransform):
    """Paste connected components of rare classes from an image that contains them.

    Use it in the pipeline of mmseg's `MultiImageMixDataset`, whose inner data set loads and crops but does
    not pack. Source: Ghiasi et al., "Simple copy-paste is a strong data augmentation method for instance
    segmentation", CVPR 2021, without their resizing: a component moves only a little and keeps its height in
    the picture, as befits things in a street.

    Args:
        classes: Ids of the rare classes.
        prob: Probability.
        max_pieces: Largest number of components to paste.
        min_pixels: Smaller components are not copied.
        shift: Largest move (down, right) to either side, as shares of height and width.
    """

    def __init__(
        self,
        classes: Sequence[int],
        prob: float = 0.5,
        max_pieces: int = 5,
        min_pixels: int = 64,
        shift: tuple[float, float] = (0.02, 0.4),
    ) -> None:
        self.classes, self.prob, self.max_pieces = list(classes), prob, max_pieces
        self.min_pixels, self.shift = min_pixels, shift
        self.holders: np.ndarray | None = None

    def get_indices(self, dataset: Any) -> list[int]:
        """Draw an image that contains one of the classes, or none.

        Raises:
            ValueError: If no image contains any of them.
        """
        if self.holders is None:
            self.holders = np.flatnonzero(class_pixels(dataset)[:, self.classes].sum(axis=1))
            if not len(self.holders):
                raise ValueError(f"no image has a pixel of the classes {self.classes} that are to be copied")
        if np.random.random_sample() >= self.prob:
            return []
        return [int(np.random.choice(self.holders))]

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace `img` and `gt_seg_map`."""
        for other in results.get("mix_results", ()):
            found = pieces(other["gt_seg_map"], self.classes, self.min_pixels)
            for key in ("img", *results.get("seg_fields", ())):
                results[key] = results[key].copy()
            for i in np.random.permutation(len(found))[: self.max_pieces]:
                move = np.random.uniform(-1, 1, 2) * self.shift * np.array(results["gt_seg_map"].shape)
                paste(results, other, found[i], tuple(np.rint(move).astype(int)))
        return results
