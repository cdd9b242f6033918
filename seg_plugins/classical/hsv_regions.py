"""Regions by ranges of hue, saturation and value."""

from collections.abc import Sequence

import cv2
import numpy as np
from mmseg.registry import TASK_UTILS

from .regions import connected, numbered

__all__ = ["HsvRegions", "hsv_bins"]

Range = Sequence[Sequence[float]]


def hsv_bins(image: np.ndarray, ranges: Sequence[Range]) -> np.ndarray:
    """Find the first range that contains each pixel.

    Args:
        image: (H, W, 3) uint8 RGB.
        ranges: Each ((h0, h1), (s0, s1), (v0, v1)), both ends included. Hue is in degrees 0..360 and wraps
            around zero if h0 > h1; saturation and value are in 0..1.

    Returns:
        (H, W) int32, the index of the range, or `len(ranges)` if none contains the pixel.
    """
    h, s, v = cv2.split(cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2HSV))
    out = np.full(h.shape, len(ranges), np.int32)
    for index, ((h0, h1), (s0, s1), (v0, v1)) in reversed(list(enumerate(ranges))):
        hue = (h >= h0) & (h <= h1) if h0 <= h1 else (h >= h0) | (h <= h1)
        out[hue & (s >= s0) & (s <= s1) & (v >= v0) & (v <= v1)] = index
    return out


@TASK_UTILS.register_module()
class HsvRegions:
    """Connected components of each range of hue, saturation and value; see `hsv_bins`.

    Args:
        ranges: Ranges; the default separates dark, grey, bright grey, red-yellow, green, blue and purple.
        min_area: Components of fewer pixels join a neighbour.
    """

    def __init__(self, ranges: Sequence[Range] | None = None, min_area: int = 20) -> None:
        self.ranges = ranges or (
            ((0, 360), (0, 1), (0, 0.2)),
            ((0, 360), (0, 0.15), (0.2, 0.6)),
            ((0, 360), (0, 0.15), (0.6, 1)),
            ((330, 70), (0.15, 1), (0.2, 1)),
            ((70, 170), (0.15, 1), (0.2, 1)),
            ((170, 260), (0.15, 1), (0.2, 1)),
        )
        self.min_area = min_area

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Compute regions (H, W) int32 of an image (H, W, 3) uint8 RGB."""
        return numbered(connected(hsv_bins(image, self.ranges), self.min_area))
