"""Focal Tversky loss."""

from typing import Any

import torch
from mmseg.registry import MODELS
from torch import Tensor

from .region import Regions
from .soft_tversky_loss import SoftTverskyLoss

__all__ = ["FocalTverskyLoss", "focal_power"]


def focal_power(losses: Tensor, gamma: float) -> Tensor:
    """Raise losses to the power gamma with a finite gradient at 0: the base is clamped at its epsilon."""
    return losses.clamp(min=torch.finfo(losses.dtype).eps) ** gamma


@MODELS.register_module()
class FocalTverskyLoss(SoftTverskyLoss):
    """(Tversky loss) ** gamma, averaged over classes: Abraham and Khan, arXiv:1810.07842, eq. 4.

    Args:
        gamma: Exponent; the paper's 1 / gamma with gamma = 4/3 is 0.75 here.
        loss_name: Key in the log.
        **kwargs: Arguments of `SoftTverskyLoss`.
    """

    def __init__(self, gamma: float = 0.75, loss_name: str = "loss_focal_tversky", **kwargs: Any) -> None:
        super().__init__(loss_name=loss_name, **kwargs)
        self.gamma = gamma

    def region_losses(self, regions: Regions) -> Tensor:
        """Compute focal Tversky losses (G, C)."""
        return focal_power(super().region_losses(regions), self.gamma)
