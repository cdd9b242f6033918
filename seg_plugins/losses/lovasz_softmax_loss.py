"""Lovasz-softmax: the convex surrogate of 1 - IoU."""

from typing import Any

import torch
from mmseg.registry import MODELS
from torch import Tensor

from .region import RegionLoss, Regions

__all__ = ["LovaszSoftmaxLoss", "group_pixels", "lovasz_extension"]


def lovasz_extension(errors: Tensor, target: Tensor) -> Tensor:
    """Compute the Lovasz extension of the Jaccard loss: Berman et al., arXiv:1705.08790, algorithm 1.

    Args:
        errors: Non-negative errors, (..., P).
        target: Membership of the class, (..., P), 0 or 1. A pixel with error 0 and membership 0 has
            no influence.

    Returns:
        Loss, (...).
    """
    errors, order = errors.sort(dim=-1, descending=True)
    target = target.gather(-1, order)
    total = target.sum(-1, keepdim=True)
    jaccard = 1 - (total - target.cumsum(-1)) / (total + (1 - target).cumsum(-1)).clamp(min=1)
    gradient = torch.diff(jaccard, dim=-1, prepend=torch.zeros_like(jaccard[..., :1]))
    return (errors * gradient).sum(-1)


def group_pixels(x: Tensor, per_image: bool) -> Tensor:
    """Reshape (N, C, H, W) to (N, C, H W), or to (1, C, N H W) for the batch."""
    return x.flatten(2) if per_image else x.transpose(0, 1).flatten(1).unsqueeze(0)


@MODELS.register_module()
class LovaszSoftmaxLoss(RegionLoss):
    """Lovasz-softmax over the classes that are present: Berman et al., arXiv:1705.08790, eq. 11.

    Pixel weights only decide whether a pixel counts. For an all-ignored batch, upstream's `LovaszLoss`
    returns an empty tensor instead of 0.

    Args:
        loss_name: Key in the log.
        **kwargs: Arguments of `RegionLoss`.
    """

    def __init__(self, loss_name: str = "loss_lovasz", **kwargs: Any) -> None:
        super().__init__(loss_name=loss_name, **kwargs)

    def region_losses(self, regions: Regions) -> Tensor:
        """Compute losses (G, C)."""
        counts = regions.mask > 0
        errors = torch.where(counts, (regions.target - regions.probs).abs(), 0.0)
        target = regions.target * counts
        return lovasz_extension(group_pixels(errors, self.per_image), group_pixels(target, self.per_image))
