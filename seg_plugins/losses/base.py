"""Base classes of the losses: upstream's calling convention and one reduction.

A loss yields *elements*: numerators (terms of the sum) and denominators (the divisor of a mean). A pixel loss
has one element per pixel, a region loss one per group (image or batch) and class.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from seg_plugins.ops.two_classes import two_class_logits

from .class_weights import read_class_weights

__all__ = [
    "REDUCTIONS",
    "PixelLoss",
    "SegmentationLoss",
    "log_probability_of_label",
    "one_hot",
    "reduce_elements",
    "require_class_ids",
]

REDUCTIONS = ("none", "mean", "sum")


def reduce_elements(
    numerators: Tensor, denominators: Tensor, reduction: str, avg_factor: float | Tensor | None = None
) -> Tensor:
    """Reduce elements to their sum, their mean (0 if the denominators sum to 0), or the numerators.

    Raises:
        ValueError: If the reduction is unknown, or "sum" comes with an `avg_factor`.

    >>> reduce_elements(torch.tensor([2.0, 4.0]), torch.tensor([1.0, 3.0]), "mean")
    tensor(1.5000)
    """
    if reduction not in REDUCTIONS or (reduction == "sum" and avg_factor is not None):
        raise ValueError(f"reduction={reduction!r} with avg_factor={avg_factor}: choose one of {REDUCTIONS}")
    if reduction == "none":
        return numerators
    if reduction == "sum":
        return numerators.sum()
    total = denominators.sum() if avg_factor is None else torch.as_tensor(avg_factor).to(numerators)
    return numerators.sum() / total.clamp(min=torch.finfo(numerators.dtype).tiny)


def require_class_ids(label: Tensor, valid: Tensor, num_classes: int) -> None:
    """Refuse labels outside 0..K-1 on a CPU; on a GPU the kernels assert, so that nothing waits for it.

    Raises:
        ValueError: If a label that is not ignored is not a class.
    """
    if label.is_cuda:
        return
    wrong = valid & ((label < 0) | (label >= num_classes))
    if wrong.any():
        found = torch.unique(label[wrong]).tolist()
        raise ValueError(
            f"labels {found} are neither one of the {num_classes} classes nor ignore_index: map them "
            "in the data set, or set decode_head.num_classes / ignore_index"
        )


def one_hot(label: Tensor, valid: Tensor, num_classes: int, dtype: torch.dtype) -> Tensor:
    """Encode labels (N, H, W) as (N, K, H, W) zeros and ones; ignored pixels are 0 in every class."""
    shape = (label.shape[0], num_classes, *label.shape[1:])
    index = label.masked_fill(~valid, 0).unsqueeze(1)
    return torch.zeros(shape, dtype=dtype, device=label.device).scatter_(
        1, index, valid.unsqueeze(1).to(dtype)
    )


def log_probability_of_label(score: Tensor, label: Tensor, valid: Tensor) -> Tensor:
    """Compute the log-softmax of the labelled class, (N, H, W); 0 (probability 1) where not valid."""
    index = label.masked_fill(~valid, 0).unsqueeze(1)
    chosen = score.log_softmax(1).gather(1, index).squeeze(1)
    return torch.where(valid, chosen, 0.0)


class SegmentationLoss(nn.Module, ABC):
    """Base of all losses: float32 maths under autocast, then reduction, weight and name as upstream.

    Args:
        reduction: "mean", "sum" or "none".
        loss_weight: Factor of the result.
        class_weight: K weights, or the path of a .json, .yaml or .npy file that holds them.
        loss_name: Key in the log; a loss whose name starts with `loss_` is part of the total.
    """

    def __init__(
        self,
        reduction: str = "mean",
        loss_weight: float = 1.0,
        class_weight: Sequence[float] | str | None = None,
        loss_name: str = "loss_seg",
    ) -> None:
        super().__init__()
        if reduction not in REDUCTIONS:
            raise ValueError(f"{type(self).__name__}: reduction={reduction!r}, choose one of {REDUCTIONS}")
        self.reduction = reduction
        self.loss_weight = loss_weight
        self.class_weight = read_class_weights(class_weight)
        self._loss_name = loss_name

    @property
    def loss_name(self) -> str:
        """Key in the log."""
        return self._loss_name

    @abstractmethod
    def elements(
        self, score: Tensor, label: Tensor, valid: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Compute numerators and denominators for one batch.

        Args:
            score: Logits, (N, K, H, W), float32 or float64, K >= 2.
            label: Classes, (N, H, W), int64, 0..K-1 where valid.
            valid: Pixels to evaluate, (N, H, W), bool.
            weight: Pixel weights, (N, H, W), or None.
        """

    def weight_of_classes(self, score: Tensor) -> Tensor | None:
        """Return the class weights as a (K,) tensor of the type of `score`, or None.

        Raises:
            ValueError: If there are not K weights.
        """
        if self.class_weight is None:
            return None
        if len(self.class_weight) != score.shape[1]:
            raise ValueError(
                f"{type(self).__name__}: {len(self.class_weight)} class weights for {score.shape[1]} classes"
            )
        return torch.as_tensor(self.class_weight, dtype=score.dtype, device=score.device)

    def forward(
        self,
        cls_score: Tensor,
        label: Tensor,
        weight: Tensor | None = None,
        avg_factor: float | Tensor | None = None,
        reduction_override: str | None = None,
        ignore_index: int | None = 255,
    ) -> Tensor:
        """Compute the loss of a batch.

        Args:
            cls_score: Logits, (N, K, H, W), any float type; K = 1 is a binary logit.
            label: Classes, (N, H, W), integer.
            weight: Factor of every pixel, (N, H, W).
            avg_factor: Divisor of a mean, in place of the loss's own count.
            reduction_override: Replaces `reduction` for this call.
            ignore_index: Label to leave out, or None.

        Returns:
            A scalar, float32 (float64 for float64 logits), or the elements with reduction "none".
        """
        with torch.autocast(cls_score.device.type, enabled=False):
            score = two_class_logits(cls_score if cls_score.dtype is torch.float64 else cls_score.float())
            label = label.long()
            valid = (
                torch.ones_like(label, dtype=torch.bool) if ignore_index is None else label != ignore_index
            )
            require_class_ids(label, valid, score.shape[1])
            elements = self.elements(score, label, valid, weight)
            return self.loss_weight * reduce_elements(
                *elements, reduction_override or self.reduction, avg_factor
            )


class PixelLoss(SegmentationLoss):
    """Base of losses with one value per pixel; class weights enter numerator and denominator."""

    @abstractmethod
    def pixel_losses(self, score: Tensor, label: Tensor, valid: Tensor) -> Tensor:
        """Compute losses (N, H, W); pixels that are not valid may have any finite value."""

    def elements(
        self, score: Tensor, label: Tensor, valid: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Compute weighted losses and class weights of every pixel, each (N, H, W), 0 where not valid."""
        counts = valid.to(score.dtype)
        class_weight = self.weight_of_classes(score)
        if class_weight is not None:
            counts = counts * class_weight[label.masked_fill(~valid, 0)]
        losses = torch.where(valid, self.pixel_losses(score, label, valid), 0.0) * counts
        return (losses if weight is None else losses * weight), counts
