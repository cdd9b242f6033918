"""Generalised cross entropy for noisy labels."""

from typing import Any

import torch
from mmseg.registry import MODELS
from torch import Tensor

from .base import PixelLoss, log_probability_of_label

__all__ = ["GeneralizedCrossEntropyLoss", "generalized_cross_entropy"]


def generalized_cross_entropy(log_p: Tensor, q: float = 0.7) -> Tensor:
    """Compute (1 - p^q) / q: Zhang and Sabuncu, arXiv:1805.07836, eq. 6.

    Args:
        log_p: Log-probability of the labelled class, any shape.
        q: In (0, 1]; it approaches cross entropy towards 0 and is the mean absolute error at 1.
    """
    return -torch.expm1(q * log_p) / q


@MODELS.register_module()
class GeneralizedCrossEntropyLoss(PixelLoss):
    """Loss between cross entropy and mean absolute error; it is bounded, so wrong labels weigh less.

    Args:
        q: In (0, 1].
        loss_name: Key in the log.
        **kwargs: Arguments of `SegmentationLoss`.
    """

    def __init__(self, q: float = 0.7, loss_name: str = "loss_gce", **kwargs: Any) -> None:
        super().__init__(loss_name=loss_name, **kwargs)
        if not 0 < q <= 1:
            raise ValueError(f"GeneralizedCrossEntropyLoss: q={q} is outside (0, 1]")
        self.q = q

    def pixel_losses(self, score: Tensor, label: Tensor, valid: Tensor) -> Tensor:
        """Compute losses (N, H, W)."""
        return generalized_cross_entropy(log_probability_of_label(score, label, valid), self.q)
