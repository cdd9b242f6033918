"""Regions by the watershed of the gradient."""

import cv2
import numpy as np
from mmseg.registry import TASK_UTILS

from .extra import classical_extra
from .regions import numbered

__all__ = ["WatershedRegions"]


@TASK_UTILS.register_module()
class WatershedRegions:
    """Basins of the gradient's magnitude, by scikit-image (extra `classical`).

    Source: Vincent and Soille, Watersheds in Digital Spaces, TPAMI 13(6), 1991; the compact form: Neubert and
    Protzel, ICPR 2014.

    Args:
        markers: Approximate number of basins; their seeds are the lowest points near a grid.
        sigma: Standard deviation of the smoothing beforehand, in pixels.
        compactness: 0 follows the gradient alone.
    """

    def __init__(self, markers: int = 400, sigma: float = 1.0, compactness: float = 0.0) -> None:
        self.markers = markers
        self.sigma = sigma
        self.compactness = compactness

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Compute regions (H, W) int32 of an image (H, W, 3) uint8 RGB."""
        with classical_extra():
            from skimage.segmentation import watershed

        smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), self.sigma)
        dx, dy = cv2.Sobel(smooth, cv2.CV_32F, 1, 0), cv2.Sobel(smooth, cv2.CV_32F, 0, 1)
        slope = np.sqrt((dx**2 + dy**2).max(2))
        return numbered(watershed(slope, self.markers, compactness=self.compactness))
