"""Symmetric cross entropy for noisy labels."""

from typing import Any

from mmseg.registry import MODELS
from torch import Tensor

from .base import PixelLoss, log_probability_of_label

__all__ = ["SymmetricCrossEntropyLoss", "symmetric_cross_entropy"]


def symmetric_cross_entropy(
    log_p: Tensor, alpha: float = 0.1, beta: float = 1.0, log_zero: float = -4.0
) -> Tensor:
    """Compute A CE + b RCE: Wang et al., arXiv:1908.06112, eq. 7; with one-hot labels RCE = -A (1 - p).

    Args:
        log_p: Log-probability of the labelled class, any shape.
        alpha: Weight of cross entropy.
        beta: Weight of reverse cross entropy.
        log_zero: A, the value used for log 0.
    """
    return -alpha * log_p - beta * log_zero * (1 - log_p.exp())


@MODELS.register_module()
class SymmetricCrossEntropyLoss(PixelLoss):
    """Cross entropy plus reverse cross entropy, which is robust to wrong labels.

    Args:
        alpha: Weight of cross entropy.
        beta: Weight of reverse cross entropy.
        loss_name: Key in the log.
        **kwargs: Arguments of `SegmentationLoss`.
    """

    def __init__(
        self, alpha: float = 0.1, beta: float = 1.0, loss_name: str = "loss_sce", **kwargs: Any
    ) -> None:
        super().__init__(loss_name=loss_name, **kwargs)
        self.alpha, self.beta = alpha, beta

    def pixel_losses(self, score: Tensor, label: Tensor, valid: Tensor) -> Tensor:
        """Compute losses (N, H, W)."""
        return symmetric_cross_entropy(log_probability_of_label(score, label, valid), self.alpha, self.beta)
