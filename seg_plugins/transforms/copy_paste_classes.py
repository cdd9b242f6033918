"""Copies things of rare classes from another image."""

from collections.abc import Sequence
from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from seg_plugins.datasets.class_pixels import class_pixels

__all__ = ["CopyPasteClasses", "paste", "pieces"]


def pieces(labels: np.ndarray, classes: Sequence[int], min_pixels: int) -> list[np.ndarray]:
    """Connected pieces of some classes, each (H, W) bool, the pixels of one class."""
    found = []
    for k in classes:
        count, ids, stats, _ = cv2.connectedComponentsWithStats((labels == k).astype(np.uint8))
        found += [ids == i for i in range(1, count) if stats[i, cv2.CC_STAT_AREA] >= min_pixels]
    return found


def paste(target: dict[str, Any], source: dict[str, Any], piece: np.ndarray, shift: tuple[int, int]) -> None:
    """Copies the pixels of a piece, moved down and right by `shift`, as far as they fit; in place."""
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
    """Pastes pieces of rare classes from an image that has them.

    It belongs into the pipeline of mmseg's `MultiImageMixDataset`, whose inner data set loads and crops, and
    packs nothing. Source: Ghiasi et al., "Simple copy-paste is a strong data augmentation method for
    instance segmentation", CVPR 2021, without their resizing: pieces move a little and keep their height in
    the picture, where things of a street belong.

    Args:
        classes: Ids of the rare classes.
        prob: Probability.
        max_pieces: Most pieces to paste.
        min_pixels: Smaller pieces are not copied.
        shift: Largest move (down, right) to either side, shares of height and width.
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
        """Draws an image that has one of the classes, or none.

        Raises:
            ValueError: If no image has any.
        """
        if self.holders is None:
            self.holders = np.flatnonzero(class_pixels(dataset)[:, self.classes].sum(axis=1))
            if not len(self.holders):
                raise ValueError(f"no image has a pixel of the classes {self.classes} that are to be copied")
        if np.random.random_sample() >= self.prob:
            return []
        return [int(np.random.choice(self.holders))]

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replaces `img` and `gt_seg_map`."""
        for other in results.get("mix_results", ()):
            found = pieces(other["gt_seg_map"], self.classes, self.min_pixels)
            for key in ("img", *results.get("seg_fields", ())):
                results[key] = results[key].copy()
            for i in np.random.permutation(len(found))[: self.max_pieces]:
                move = np.random.uniform(-1, 1, 2) * self.shift * np.array(results["gt_seg_map"].shape)
                paste(results, other, found[i], tuple(np.rint(move).astype(int)))
        return results
