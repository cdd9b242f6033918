"""Soft Tversky loss."""

from typing import Any

from mmseg.registry import MODELS
from torch import Tensor

from .region import Overlap, RegionLoss, Regions, overlap

__all__ = ["SoftTverskyLoss", "tversky_losses"]


def tversky_losses(counts: Overlap, alpha: float = 0.3, beta: float = 0.7, smooth: float = 1.0) -> Tensor:
    """Compute 1 - (TP + s) / (TP + a FP + b FN + s): Salehi et al., arXiv:1706.05721, eq. 3.

    Args:
        counts: Soft confusion, each (G, C).
        alpha: Weight of false positives.
        beta: Weight of false negatives; 0.5 and 0.5 give Dice, 1 and 1 the Jaccard index.
        smooth: s, pixels.
    """
    both = counts.tp + smooth
    return 1 - both / (both + alpha * counts.fp + beta * counts.fn)


@MODELS.register_module()
class SoftTverskyLoss(RegionLoss):
    """Tversky loss, averaged over the classes that are present.

    Upstream's `TverskyLoss` includes absent classes and ignores the decode head's `ignore_index`.

    Args:
        alpha: Weight of false positives.
        beta: Weight of false negatives.
        smooth: Added to numerator and denominator, pixels.
        loss_name: Key in the log.
        **kwargs: Arguments of `RegionLoss`.
    """

    def __init__(
        self,
        alpha: float = 0.3,
        beta: float = 0.7,
        smooth: float = 1.0,
        loss_name: str = "loss_tversky",
        **kwargs: Any,
    ) -> None:
        super().__init__(loss_name=loss_name, **kwargs)
        self.alpha, self.beta, self.smooth = alpha, beta, smooth

    def region_losses(self, regions: Regions) -> Tensor:
        """Compute Tversky losses (G, C)."""
        return tversky_losses(overlap(regions, self.per_image), self.alpha, self.beta, self.smooth)
