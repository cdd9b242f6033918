"""Regions by normalised cuts of a graph of superpixels."""

import numpy as np
from mmseg.registry import TASK_UTILS

from .extra import classical_extra
from .regions import numbered

__all__ = ["NormalizedCutRegions"]


@TASK_UTILS.register_module()
class NormalizedCutRegions:
    """Recursive two-way cuts of the superpixels' colour graph, by scikit-image (extra `classical`).

    Source: Shi and Malik, Normalized Cuts and Image Segmentation, TPAMI 22(8), 2000.

    Args:
        segments: Number of superpixels (SLIC) in the graph.
        threshold: Cuts of a larger value are not made.
        sigma: Scale of the similarity of mean colours, exp(-distance^2 / sigma).
    """

    def __init__(self, segments: int = 150, threshold: float = 0.02, sigma: float = 255.0) -> None:
        self.segments = segments
        self.threshold = threshold
        self.sigma = sigma

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Compute regions (H, W) int32 of an image (H, W, 3) uint8 RGB."""
        with classical_extra():
            from skimage.graph import cut_normalized, rag_mean_color
            from skimage.segmentation import slic

        pieces = slic(image, self.segments, compactness=15, start_label=0)
        if pieces.max() == 0:
            return pieces.astype(np.int32)
        graph = rag_mean_color(image, pieces, mode="similarity", sigma=self.sigma)
        return numbered(cut_normalized(pieces, graph, self.threshold, rng=np.random.default_rng(0)))
