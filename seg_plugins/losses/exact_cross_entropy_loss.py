"""Cross entropy that equals torch's for every combination of class weights and ignored pixels."""

from typing import Any

import torch.nn.functional as F
from mmseg.registry import MODELS
from torch import Tensor

from .base import SegmentationLoss

__all__ = ["NOT_A_CLASS", "ExactCrossEntropyLoss", "cross_entropy_elements"]

NOT_A_CLASS = -100


def cross_entropy_elements(
    score: Tensor,
    label: Tensor,
    valid: Tensor,
    class_weight: Tensor | None = None,
    label_smoothing: float = 0.0,
) -> tuple[Tensor, Tensor]:
    """Compute the weighted cross entropy of every pixel, and the weight of its class.

    The mean is sum(numerators) / sum(denominators), as `torch.nn.functional.cross_entropy` divides.
    Smoothing: Szegedy et al., arXiv:1512.00567, section 7: target (1 - s) one-hot + s / K.

    Args:
        score: Logits, (N, K, H, W).
        label: Classes, (N, H, W), int64.
        valid: Pixels to evaluate, (N, H, W), bool.
        class_weight: (K,) or None.
        label_smoothing: s in 0..1.

    Returns:
        Two maps (N, H, W), 0 where not valid.
    """
    target = label.masked_fill(~valid, NOT_A_CLASS)
    losses = F.cross_entropy(
        score,
        target,
        weight=class_weight,
        ignore_index=NOT_A_CLASS,
        reduction="none",
        label_smoothing=label_smoothing,
    )
    counts = valid.to(score.dtype)
    if class_weight is not None:
        counts = counts * class_weight[label.masked_fill(~valid, 0)]
    return losses, counts


@MODELS.register_module()
class ExactCrossEntropyLoss(SegmentationLoss):
    """Softmax cross entropy that equals torch's with and without class weights and ignored pixels.

    An all-ignored batch gives 0 (torch: nan). Upstream's `CrossEntropyLoss` also divides by ignored pixels,
    and with both `class_weight` and `avg_non_ignore` it raises IndexError.

    Args:
        label_smoothing: Share of the target that is spread over all classes, 0..1.
        loss_name: Key in the log.
        **kwargs: Arguments of `SegmentationLoss`.
    """

    def __init__(self, label_smoothing: float = 0.0, loss_name: str = "loss_ce", **kwargs: Any) -> None:
        super().__init__(loss_name=loss_name, **kwargs)
        self.label_smoothing = label_smoothing

    def elements(
        self, score: Tensor, label: Tensor, valid: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Compute the cross entropy and class weight of every pixel."""
        losses, counts = cross_entropy_elements(
            score, label, valid, self.weight_of_classes(score), self.label_smoothing
        )
        return (losses if weight is None else losses * weight), counts
