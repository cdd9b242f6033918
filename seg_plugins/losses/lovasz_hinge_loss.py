"""Lovasz hinge: the Jaccard surrogate on margins instead of probabilities."""

from collections.abc import Sequence
from typing import Any

import torch
import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import Tensor

from .lovasz_softmax_loss import group_pixels, lovasz_extension
from .region import RegionLoss, Regions

__all__ = ["LovaszHingeLoss", "one_against_rest"]


def one_against_rest(score: Tensor, classes: Sequence[int]) -> Tensor:
    """Compute the logit of each class against the rest: s_c - logsumexp of the others, (N, C, H, W).

    For two classes this is their difference, for a binary logit the logit itself.
    """
    others = [torch.cat([score[:, :c], score[:, c + 1 :]], dim=1).logsumexp(1) for c in classes]
    return torch.stack([score[:, c] for c in classes], dim=1) - torch.stack(others, dim=1)


@MODELS.register_module()
class LovaszHingeLoss(RegionLoss):
    """Lovasz hinge of the chosen classes against the rest: Berman et al., arXiv:1705.08790, eq. 10.

    Pixel weights only decide whether a pixel counts.

    Args:
        classes: As in `RegionLoss`; by default the foreground of a binary task.
        loss_name: Key in the log.
        **kwargs: Arguments of `RegionLoss`.
    """

    def __init__(
        self, classes: str | Sequence[int] = (1,), loss_name: str = "loss_lovasz_hinge", **kwargs: Any
    ) -> None:
        super().__init__(classes=classes, loss_name=loss_name, **kwargs)

    def region_losses(self, regions: Regions) -> Tensor:
        """Compute losses (G, C)."""
        chosen = range(regions.score.shape[1]) if isinstance(self.classes, str) else self.classes
        margins = one_against_rest(regions.score, chosen) * (2 * regions.target - 1)
        errors = torch.where(regions.mask > 0, F.relu(1 - margins), 0.0)
        target = regions.target * (regions.mask > 0)
        return lovasz_extension(group_pixels(errors, self.per_image), group_pixels(target, self.per_image))
