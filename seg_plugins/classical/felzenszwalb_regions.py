"""Regions by Felzenszwalb's and Huttenlocher's graph-based merging."""

import numpy as np
from mmseg.registry import TASK_UTILS

from .extra import classical_extra

__all__ = ["FelzenszwalbRegions"]


@TASK_UTILS.register_module()
class FelzenszwalbRegions:
    """Greedy merging on the pixel grid's minimum spanning tree, by scikit-image (extra `classical`).

    Source: Felzenszwalb and Huttenlocher, Efficient Graph-Based Image Segmentation, IJCV 59(2), 2004.

    Args:
        scale: Larger values give larger regions.
        sigma: Standard deviation of the smoothing beforehand, in pixels.
        min_area: Smallest area of a region, in pixels.
    """

    def __init__(self, scale: float = 60.0, sigma: float = 0.6, min_area: int = 30) -> None:
        self.scale = scale
        self.sigma = sigma
        self.min_area = min_area

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Compute regions (H, W) int32 of an image (H, W, 3) uint8 RGB."""
        with classical_extra():
            from skimage.segmentation import felzenszwalb

        return felzenszwalb(image, self.scale, self.sigma, self.min_area).astype(np.int32)
