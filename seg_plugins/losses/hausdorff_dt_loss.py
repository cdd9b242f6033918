"""Hausdorff distance loss by distance transforms."""

from typing import Any

from mmseg.registry import MODELS
from torch import Tensor

from .distance import distance_maps
from .kervadec_boundary_loss import mean_over_pixels
from .region import RegionLoss, Regions

__all__ = ["HausdorffDTLoss", "hausdorff_losses"]


def hausdorff_losses(regions: Regions, alpha: float = 2.0) -> Tensor:
    """Average (p - g)^2 (d_p^a + d_g^a): Karimi and Salcudean, arXiv:1904.10030, eq. 8.

    Args:
        regions: The batch; the predicted region is where the probability exceeds 0.5.
        alpha: Exponent a of the distances.

    Returns:
        (N, C).
    """
    valid = regions.mask > 0
    predicted = distance_maps(regions.probs.detach() > 0.5, valid, signed=False).to(regions.probs.dtype)
    labelled = distance_maps(regions.target > 0, valid, signed=False).to(regions.probs.dtype)
    squared = (regions.probs - regions.target) ** 2
    return mean_over_pixels(squared * (predicted**alpha + labelled**alpha), regions.mask)


@MODELS.register_module()
class HausdorffDTLoss(RegionLoss):
    """Hausdorff distance loss of the classes present in each image; combine it with a region loss.

    Upstream's `HuasdorffDisstanceLoss` compares class indices, not memberships, with probabilities.

    Args:
        alpha: Exponent of the distances.
        loss_name: Key in the log.
        **kwargs: Arguments of `RegionLoss`, without `per_image`.
    """

    def __init__(self, alpha: float = 2.0, loss_name: str = "loss_hausdorff", **kwargs: Any) -> None:
        super().__init__(loss_name=loss_name, per_image=True, **kwargs)
        self.alpha = alpha

    def region_losses(self, regions: Regions) -> Tensor:
        """Compute losses (N, C)."""
        return hausdorff_losses(regions, self.alpha)
