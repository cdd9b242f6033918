"""Centreline Dice loss, for the connectivity of vessels and roads."""

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import Tensor

from .region import RegionLoss, Regions, sum_pixels

__all__ = ["ClDiceLoss", "cl_dice_losses", "soft_erode", "soft_open", "soft_skeleton"]


def soft_erode(x: Tensor) -> Tensor:
    """Take the minimum over the cross-shaped neighbourhood, (N, C, H, W)."""
    rows = -F.max_pool2d(-x, (3, 1), 1, (1, 0))
    columns = -F.max_pool2d(-x, (1, 3), 1, (0, 1))
    return rows.minimum(columns)


def soft_open(x: Tensor) -> Tensor:
    """Erode, then dilate by 3x3, (N, C, H, W)."""
    return F.max_pool2d(soft_erode(x), 3, 1, 1)


def soft_skeleton(x: Tensor, iterations: int) -> Tensor:
    """Compute a differentiable skeleton: Shit et al., arXiv:2003.07311, algorithm 1.

    Args:
        x: Membership, (N, C, H, W), 0..1.
        iterations: Number of erosions; at least the radius of the widest structure, pixels.

    Returns:
        Skeleton, (N, C, H, W), 0..1.
    """
    skeleton = F.relu(x - soft_open(x))
    for _ in range(iterations):
        x = soft_erode(x)
        rest = F.relu(x - soft_open(x))
        skeleton = skeleton + F.relu(rest - skeleton * rest)
    return skeleton


def cl_dice_losses(regions: Regions, iterations: int, smooth: float, per_image: bool) -> Tensor:
    """Compute 1 - 2 Tprec Tsens / (Tprec + Tsens), (G, C): Shit et al., arXiv:2003.07311, eq. 1 and 2.

    Args:
        regions: The batch; ignored pixels count as background in prediction and target.
        iterations: Number of erosions of the skeleton.
        smooth: Added to numerator and denominator of both quotients, pixels.
        per_image: Whether each image is a group; otherwise the batch is one.
    """
    probs, target = regions.probs * regions.mask, regions.target * regions.mask
    thin_probs, thin_target = soft_skeleton(probs, iterations), soft_skeleton(target, iterations)

    def share(part: Tensor, whole: Tensor) -> Tensor:
        return (sum_pixels(part, per_image) + smooth) / (sum_pixels(whole, per_image) + smooth)

    precision, sensitivity = share(thin_probs * target, thin_probs), share(thin_target * probs, thin_target)
    return 1 - 2 * precision * sensitivity / (precision + sensitivity)


@MODELS.register_module()
class ClDiceLoss(RegionLoss):
    """Centreline Dice loss for thin structures; the paper adds it to a Dice loss (`WeightedSumLoss`).

    Args:
        classes: As in `RegionLoss`; by default the foreground of a binary task.
        iterations: Erosions of the soft skeleton; at least the largest half width, pixels.
        smooth: Added to numerator and denominator of both quotients, pixels.
        loss_name: Key in the log.
        **kwargs: Arguments of `RegionLoss`.
    """

    def __init__(
        self,
        classes: str | Sequence[int] = (1,),
        iterations: int = 10,
        smooth: float = 1.0,
        loss_name: str = "loss_cldice",
        **kwargs: Any,
    ) -> None:
        super().__init__(classes=classes, loss_name=loss_name, **kwargs)
        self.iterations, self.smooth = iterations, smooth

    def region_losses(self, regions: Regions) -> Tensor:
        """Compute losses (G, C)."""
        return cl_dice_losses(regions, self.iterations, self.smooth, self.per_image)
