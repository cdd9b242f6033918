"""Log-cosh Dice loss."""

import math
from typing import Any

import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import Tensor

from .region import RegionLoss, Regions, overlap
from .soft_dice_loss import dice_losses

__all__ = ["LogCoshDiceLoss", "log_cosh"]


def log_cosh(x: Tensor) -> Tensor:
    """Compute log(cosh(x)) without overflow: |x| + softplus(-2 |x|) - log 2."""
    size = x.abs()
    return size + F.softplus(-2 * size) - math.log(2)


@MODELS.register_module()
class LogCoshDiceLoss(RegionLoss):
    """log(cosh(Dice loss)), averaged over classes: Jadon, arXiv:2006.14822, eq. 20.

    Args:
        smooth: Added to numerator and denominator, pixels.
        loss_name: Key in the log.
        **kwargs: Arguments of `RegionLoss`.
    """

    def __init__(self, smooth: float = 1.0, loss_name: str = "loss_log_cosh_dice", **kwargs: Any) -> None:
        super().__init__(loss_name=loss_name, **kwargs)
        self.smooth = smooth

    def region_losses(self, regions: Regions) -> Tensor:
        """Compute losses (G, C)."""
        return log_cosh(dice_losses(overlap(regions, self.per_image), self.smooth))
