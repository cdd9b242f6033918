"""Soft Dice loss."""

from typing import Any

from mmseg.registry import MODELS
from torch import Tensor

from .region import Overlap, RegionLoss, Regions, overlap

__all__ = ["SoftDiceLoss", "dice_losses"]


def dice_losses(counts: Overlap, smooth: float = 1.0) -> Tensor:
    """Compute 1 - (2 TP + s) / (2 TP + FP + FN + s) for every group and class.

    Milletari et al., V-Net, arXiv:1606.04797, with first powers in the denominator.

    Args:
        counts: Soft confusion, each (G, C).
        smooth: s, pixels; keeps the quotient finite for empty regions.
    """
    both = 2 * counts.tp + smooth
    return 1 - both / (both + counts.fp + counts.fn)


@MODELS.register_module()
class SoftDiceLoss(RegionLoss):
    """Dice loss, averaged over the classes that are present.

    Upstream's `DiceLoss` includes ignored pixels and merges all classes into one region.

    Args:
        smooth: Added to numerator and denominator, pixels.
        loss_name: Key in the log.
        **kwargs: Arguments of `RegionLoss`.
    """

    def __init__(self, smooth: float = 1.0, loss_name: str = "loss_dice", **kwargs: Any) -> None:
        super().__init__(loss_name=loss_name, **kwargs)
        self.smooth = smooth

    def region_losses(self, regions: Regions) -> Tensor:
        """Compute Dice losses (G, C)."""
        return dice_losses(overlap(regions, self.per_image), self.smooth)
