"""SLIC superpixels as a region generator."""

import numpy as np
from mmseg.registry import TASK_UTILS

from .extra import classical_extra

__all__ = ["SlicRegions"]


@TASK_UTILS.register_module()
class SlicRegions:
    """Simple linear iterative clustering in colour and position, by scikit-image (extra `classical`).

    Source: Achanta et al., SLIC Superpixels Compared to State-of-the-art Superpixel Methods, TPAMI 2012.

    Args:
        segments: Approximate number of superpixels per image.
        compactness: Weight of position against colour.
    """

    def __init__(self, segments: int = 400, compactness: float = 10.0) -> None:
        self.segments = segments
        self.compactness = compactness

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Compute regions.

        Args:
            image: (H, W, 3) uint8 RGB.

        Returns:
            (H, W) int32 region ids from 0.
        """
        with classical_extra():
            from skimage.segmentation import slic

        return slic(image, self.segments, compactness=self.compactness, start_label=0).astype(np.int32)
