"""Regions grown from seeds."""

from collections.abc import Sequence

import cv2
import numpy as np
from mmseg.registry import TASK_UTILS

from .regions import connected

__all__ = ["RegionGrowing", "flat_seeds", "grow"]


def flat_seeds(image: np.ndarray, spacing: int) -> np.ndarray:
    """Place one seed in each square cell, where the smoothed image is flattest.

    Args:
        image: (H, W, 3) uint8.
        spacing: Side of the cells in pixels.

    Returns:
        (S, 2) int64 rows and columns, the flattest first.
    """
    grey = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY).astype(np.float32), (0, 0), 1)
    border = dict(borderType=cv2.BORDER_REPLICATE)  # reflection would make the corners flat
    slope = np.hypot(cv2.Sobel(grey, cv2.CV_32F, 1, 0, **border), cv2.Sobel(grey, cv2.CV_32F, 0, 1, **border))
    seeds = []
    for top in range(0, grey.shape[0], spacing):
        for left in range(0, grey.shape[1], spacing):
            cell = slope[top : top + spacing, left : left + spacing]
            y, x = divmod(int(cell.argmin()), cell.shape[1])
            seeds.append((cell[y, x], top + y, left + x))
    return np.array([s[1:] for s in sorted(seeds)], np.int64)


def grow(image: np.ndarray, seeds: np.ndarray, tolerance: int) -> np.ndarray:
    """Flood from each seed to 4-neighbours whose colour is within the tolerance of the seed's.

    Args:
        image: (H, W, 3) uint8.
        seeds: (S, 2) rows and columns. Earlier seeds keep their pixels; seeds outside the image are skipped.
        tolerance: Grey levels, in every channel.

    Returns:
        (H, W) int32: 1.. for grown regions, 0 where no seed reached.
    """
    h, w = image.shape[:2]
    painted = image.copy()  # the number of a region in place of its colours, one byte per channel
    taken = np.zeros((h + 2, w + 2), np.uint8)
    flags = 4 | (1 << 8) | cv2.FLOODFILL_FIXED_RANGE
    bound, count = (tolerance,) * 3, 0
    for y, x in seeds:
        if not (0 <= y < h and 0 <= x < w) or taken[y + 1, x + 1]:
            continue
        count += 1
        number = (count & 255, count >> 8 & 255, count >> 16)
        cv2.floodFill(painted, taken, (int(x), int(y)), number, bound, bound, flags)
    regions = painted[..., 0] | painted[..., 1].astype(np.int32) << 8 | painted[..., 2].astype(np.int32) << 16
    return np.where(taken[1:-1, 1:-1] == 1, regions, 0).astype(np.int32)


@TASK_UTILS.register_module()
class RegionGrowing:
    """Seeded region growing; by default from the flattest point of each cell of a grid.

    Source: Adams and Bischof, Seeded Region Growing, TPAMI 16(6), 1994; here with a fixed tolerance.

    Args:
        seeds: (row, column) pairs in pixels, by default automatic; seeds outside an image are skipped.
        tolerance: Grey levels from the seed's colour, in every channel.
        spacing: Side of the cells of automatic seeds, in pixels.
        blur: Standard deviation of the smoothing beforehand, in pixels; 0 for none.
        min_area: Regions of fewer pixels join a neighbour.
    """

    def __init__(
        self,
        seeds: Sequence[tuple[int, int]] | None = None,
        tolerance: int = 14,
        spacing: int = 16,
        blur: float = 1.0,
        min_area: int = 20,
    ) -> None:
        self.seeds = seeds
        self.tolerance = tolerance
        self.spacing = spacing
        self.blur = blur
        self.min_area = min_area

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Compute regions (H, W) int32 of an image (H, W, 3) uint8 RGB."""
        smooth = cv2.GaussianBlur(image, (0, 0), self.blur) if self.blur else image
        seeds = flat_seeds(smooth, self.spacing) if self.seeds is None else np.array(self.seeds)
        return connected(grow(np.ascontiguousarray(smooth), seeds, self.tolerance), self.min_area)
