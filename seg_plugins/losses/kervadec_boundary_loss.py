"""Boundary loss of Kervadec et al."""

from typing import Any

from mmseg.registry import MODELS
from torch import Tensor

from .distance import distance_maps
from .region import RegionLoss, Regions

__all__ = ["KervadecBoundaryLoss", "boundary_losses", "mean_over_pixels"]


def mean_over_pixels(x: Tensor, mask: Tensor) -> Tensor:
    """Average (N, C, H, W) with weights (N, 1, H, W): (N, C), 0 where the weights sum to 0."""
    return (x * mask).sum((2, 3)) / mask.sum((2, 3)).clamp(min=1e-12)


def boundary_losses(probs: Tensor, distance: Tensor, mask: Tensor) -> Tensor:
    """Average probability times signed distance: Kervadec et al., arXiv:1812.07032, eq. 5.

    Args:
        probs: Predictions, (N, C, H, W), 0..1.
        distance: Signed distance to the labelled boundary, (N, C, H, W), pixels, negative inside.
        mask: Weight of every pixel, (N, 1, H, W).

    Returns:
        (N, C), pixels; negative for good predictions.
    """
    return mean_over_pixels(probs * distance, mask)


@MODELS.register_module()
class KervadecBoundaryLoss(RegionLoss):
    """Boundary loss of the classes present in each image; combine it with a region loss.

    Upstream's `BoundaryLoss` is a different loss: binary cross entropy of an edge map.

    Args:
        loss_name: Key in the log.
        **kwargs: Arguments of `RegionLoss`, without `per_image`.
    """

    def __init__(self, loss_name: str = "loss_kervadec", **kwargs: Any) -> None:
        super().__init__(loss_name=loss_name, per_image=True, **kwargs)

    def region_losses(self, regions: Regions) -> Tensor:
        """Compute losses (N, C)."""
        distance = distance_maps(regions.target > 0, regions.mask > 0, signed=True).to(regions.probs.dtype)
        return boundary_losses(regions.probs, distance, regions.mask)
