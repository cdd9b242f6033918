"""Centreline Dice: connectivity of vessels and roads."""

from collections.abc import Sequence
from typing import Any

import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import Tensor

from .region import RegionLoss, Regions, sum_pixels


def soft_erode(x: Tensor) -> Tensor:
    """Smallest value of the cross-shaped neighbourhood, (N, C, H, W)."""
    rows = -F.max_pool2d(-x, (3, 1), 1, (1, 0))
    columns = -F.max_pool2d(-x, (1, 3), 1, (0, 1))
    return rows.minimum(columns)


def soft_open(x: Tensor) -> Tensor:
    """Erosion, then dilation by 3x3, (N, C, H, W)."""
    return F.max_pool2d(soft_erode(x), 3, 1, 1)


def soft_skeleton(x: Tensor, iterations: int) -> Tensor:
    """Differentiable skeleton: Shit et al., arXiv:2003.07311, algorithm 1.

    Args:
        x: Membership, (N, C, H, W), 0..1.
        iterations: Erosions; at least the radius of the widest structure, pixels.

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
    """1 - 2 Tprec Tsens / (Tprec + Tsens), (G, C): Shit et al., arXiv:2003.07311, eq. 1 and 2.

    Args:
        regions: The batch; ignored pixels count as background in prediction and target.
        iterations: Of the skeleton.
        smooth: Added to numerator and denominator of both quotients, pixels.
        per_image: Groups are images.
    """
    probs, target = regions.probs * regions.mask, regions.target * regions.mask
    thin_probs, thin_target = soft_skeleton(probs, iterations), soft_skeleton(target, iterations)

    def share(part: Tensor, whole: Tensor) -> Tensor:
        return (sum_pixels(part, per_image) + smooth) / (sum_pixels(whole, per_image) + smooth)

    precision, sensitivity = share(thin_probs * target, thin_probs), share(thin_target * probs, thin_target)
    return 1 - 2 * precision * sensitivity / (precision + sensitivity)


@MODELS.register_module()
class ClDiceLoss(RegionLoss):
    """Centreline Dice of thin structures; the paper adds it to a Dice loss (`WeightedSumLoss`).

    Args:
        classes: As in `RegionLoss`; by default the foreground of a binary task.
        iterations: Erosions of the soft skeleton, at least the largest half width, pixels.
        smooth: Of the quotients, pixels.
        loss_name: Key in the log.
        **kwargs: Of `RegionLoss`.
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
        """Losses (G, C)."""
        return cl_dice_losses(regions, self.iterations, self.smooth, self.per_image)
