"""Averaging of class probabilities over superpixels."""

import numpy as np
import torch
from mmseg.registry import MODELS, TASK_UTILS
from torch import Tensor

from .prediction import BatchPrediction, PostprocessStep

__all__ = ["SuperpixelRefinement", "average_by_region"]


def average_by_region(values: Tensor, regions: Tensor) -> Tensor:
    """Replace each pixel's values by their mean over its region.

    Args:
        values: (K, H, W) floating point.
        regions: (H, W) int64 region ids from 0.

    Returns:
        (K, H, W).
    """
    index = regions.flatten()
    flat = values.flatten(1)
    count = int(index.max()) + 1
    sums = flat.new_zeros(len(flat), count).index_add_(1, index, flat)
    sizes = torch.bincount(index, minlength=count).clamp_min(1)
    return (sums / sizes)[:, index].view_as(values)


@MODELS.register_module()
class SuperpixelRefinement(PostprocessStep):
    """Mix the class probabilities with their mean over superpixels.

    Args:
        regions: Config of a region generator; by default SLIC with 800 superpixels.
        weight: Weight of the mean, in 0..1; 1 gives each superpixel one label.

    Raises:
        ValueError: The weight is outside 0..1.
    """

    def __init__(self, regions: dict | None = None, weight: float = 1.0) -> None:
        super().__init__()
        if not 0 <= weight <= 1:
            raise ValueError(f"SuperpixelRefinement(weight={weight}): use a number in 0..1")
        self.regions = TASK_UTILS.build(regions or dict(type="SlicRegions", segments=800))
        self.weight = weight

    @torch.no_grad()
    def forward(self, prediction: BatchPrediction) -> BatchPrediction:
        """Replace the scores by log-probabilities and derive new labels."""
        mixed = []
        for logits, photo in zip(prediction.logits, prediction.photos(), strict=True):
            regions = torch.from_numpy(self.regions(photo).astype(np.int64)).to(logits.device)
            mixed.append(torch.lerp(p := logits.softmax(0), average_by_region(p, regions), self.weight))
        return prediction.with_logits(torch.stack(mixed).clamp_min(1e-10).log())
