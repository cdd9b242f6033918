"""Cross entropy of the hardest pixels."""

from typing import Any

import torch
from mmseg.registry import MODELS
from torch import Tensor

from .base import SegmentationLoss, log_probability_of_label
from .exact_cross_entropy_loss import cross_entropy_elements

__all__ = ["OhemCrossEntropyLoss", "hard_pixels"]


def hard_pixels(probability: Tensor, valid: Tensor, threshold: float, min_kept: int) -> Tensor:
    """Select pixels whose labelled class has a probability below `threshold`, at least `min_kept` in all.

    If too few are below it, the hardest pixels are added. Shrivastava et al., arXiv:1604.03540.

    Args:
        probability: Probability of the labelled class, (N, H, W), 0..1.
        valid: Pixels that may be selected, (N, H, W), bool.
        threshold: Probability, 0..1.
        min_kept: Smallest number of pixels per batch.

    Returns:
        (N, H, W), bool.
    """
    ranked = torch.where(valid, probability, 2.0)
    kth = ranked.flatten().kthvalue(min(min_kept, ranked.numel())).values
    return valid & ~((probability >= threshold) & (probability > kth))  # NaN is kept


@MODELS.register_module()
class OhemCrossEntropyLoss(SegmentationLoss):
    """Mean cross entropy over hard pixels.

    Upstream's `OhemCrossEntropy` accepts neither `weight` nor `ignore_index`, and an all-ignored batch gives
    a constant without gradient.

    Args:
        threshold: Probability from which on a pixel is left out.
        min_kept: Smallest number of pixels to keep per batch.
        loss_name: Key in the log.
        **kwargs: Arguments of `SegmentationLoss`.
    """

    def __init__(
        self, threshold: float = 0.7, min_kept: int = 100_000, loss_name: str = "loss_ohem", **kwargs: Any
    ) -> None:
        super().__init__(loss_name=loss_name, **kwargs)
        self.threshold, self.min_kept = threshold, max(1, min_kept)

    def elements(
        self, score: Tensor, label: Tensor, valid: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Compute cross entropy and class weight of the selected pixels, 0 elsewhere."""
        probability = log_probability_of_label(score.detach(), label, valid).exp()
        kept = hard_pixels(probability, valid, self.threshold, self.min_kept)
        losses, counts = cross_entropy_elements(score, label, kept, self.weight_of_classes(score))
        return (losses if weight is None else losses * weight), counts
