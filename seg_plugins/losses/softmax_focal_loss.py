"""Focal loss on softmax probabilities."""

from typing import Any

import torch
from mmseg.registry import MODELS
from torch import Tensor

from .base import PixelLoss, log_probability_of_label

__all__ = ["SoftmaxFocalLoss", "focal_losses"]


def focal_losses(log_p: Tensor, gamma: float = 2.0) -> Tensor:
    """Compute -(1 - p)^g log p: Lin et al., arXiv:1708.02002, eq. 4.

    Args:
        log_p: Log-probability of the labelled class, any shape.
        gamma: Focusing exponent g; 0 gives cross entropy.
    """
    rest = (-torch.expm1(log_p)).clamp(min=torch.finfo(log_p.dtype).eps)
    return -(rest**gamma) * log_p


@MODELS.register_module()
class SoftmaxFocalLoss(PixelLoss):
    """Multi-class focal loss; `class_weight` is the paper's alpha and enters the mean's denominator.

    Upstream's `FocalLoss` is one-against-rest with sigmoids. It raises for a dense batch on a CPU and needs a
    compiled operator on a GPU.

    Args:
        gamma: Focusing exponent.
        loss_name: Key in the log.
        **kwargs: Arguments of `SegmentationLoss`.
    """

    def __init__(self, gamma: float = 2.0, loss_name: str = "loss_focal", **kwargs: Any) -> None:
        super().__init__(loss_name=loss_name, **kwargs)
        self.gamma = gamma

    def pixel_losses(self, score: Tensor, label: Tensor, valid: Tensor) -> Tensor:
        """Compute losses (N, H, W)."""
        return focal_losses(log_probability_of_label(score, label, valid), self.gamma)
