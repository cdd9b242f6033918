"""Regions by mean shift."""

import cv2
import numpy as np
from mmseg.registry import TASK_UTILS

from .regions import connected

__all__ = ["MeanShiftRegions"]


@TASK_UTILS.register_module()
class MeanShiftRegions:
    """Modes of colour and position by OpenCV's pyramid mean shift, then connected areas of one colour.

    Source: Comaniciu and Meer, Mean Shift, TPAMI 24(5), 2002.

    Args:
        position_radius: In pixels.
        colour_radius: In grey levels; modes closer than half of it are merged.
        min_area: Regions of fewer pixels join a neighbour.
    """

    def __init__(self, position_radius: float = 8.0, colour_radius: float = 20.0, min_area: int = 30) -> None:
        self.position_radius = position_radius
        self.colour_radius = colour_radius
        self.min_area = min_area

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Compute regions (H, W) int32 of an image (H, W, 3) uint8 RGB."""
        modes = cv2.pyrMeanShiftFiltering(image, self.position_radius, self.colour_radius, maxLevel=1)
        cells = (modes / (self.colour_radius / 2)).astype(np.int64)
        return connected(cells @ np.array([1 << 20, 1 << 10, 1]), self.min_area)
