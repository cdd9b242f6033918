"""Losses of regions: one element per group (the batch, or each image) and class."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from seg_plugins.ops.constants import device_constant

from .base import SegmentationLoss, one_hot

__all__ = ["Overlap", "RegionLoss", "Regions", "overlap", "sum_pixels"]


class Regions(NamedTuple):
    """A batch as regions of the C selected classes.

    Attributes:
        score: Logits of all classes, (N, K, H, W).
        probs: Softmax of the selected classes, (N, C, H, W), 0..1.
        target: Membership, (N, C, H, W), 0 or 1; ignored pixels are 0 in every class.
        mask: Weight of every pixel, (N, 1, H, W), 0 where ignored.
    """

    score: Tensor
    probs: Tensor
    target: Tensor
    mask: Tensor


class Overlap(NamedTuple):
    """Soft confusion counts, each (G, C): true positives, false positives, false negatives."""

    tp: Tensor
    fp: Tensor
    fn: Tensor


def sum_pixels(x: Tensor, per_image: bool) -> Tensor:
    """Sum (N, C, H, W) to (N, C), or to (1, C) over the batch."""
    return x.sum((2, 3)) if per_image else x.sum((0, 2, 3)).unsqueeze(0)


def overlap(regions: Regions, per_image: bool) -> Overlap:
    """Compute soft true positives, false positives and false negatives of every group and class."""
    probs, target = regions.probs * regions.mask, regions.target * regions.mask
    tp = sum_pixels(probs * regions.target, per_image)
    return Overlap(tp, sum_pixels(probs, per_image) - tp, sum_pixels(target, per_image) - tp)


class RegionLoss(SegmentationLoss):
    """Base of losses with one value per group and class, averaged over those that count.

    Args:
        classes: "present" (those with a labelled pixel in the group), "all", or indices.
        per_image: Whether each image is a group; otherwise the batch is one.
        **kwargs: Arguments of `SegmentationLoss`; class weights enter numerator and denominator of the mean.
    """

    def __init__(
        self, classes: str | Sequence[int] = "present", per_image: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        if isinstance(classes, str) and classes not in ("present", "all"):
            raise ValueError(
                f"{type(self).__name__}: classes={classes!r}, choose 'present', 'all' or indices"
            )
        self.classes = classes
        self.per_image = per_image

    @abstractmethod
    def region_losses(self, regions: Regions) -> Tensor:
        """Compute losses (G, C); absent classes may have any finite value."""

    def elements(
        self, score: Tensor, label: Tensor, valid: Tensor, weight: Tensor | None
    ) -> tuple[Tensor, Tensor]:
        """Compute weighted losses and weights of groups and classes, each (G, C)."""
        mask = valid.to(score.dtype) if weight is None else valid * weight.to(score.dtype)
        mask = mask.unsqueeze(1)
        probs, target = score.softmax(1), one_hot(label, valid, score.shape[1], score.dtype)
        class_weight = self.weight_of_classes(score)
        if not isinstance(self.classes, str):
            index = device_constant(tuple(self.classes), torch.int64, score.device)
            probs, target = probs[:, index], target[:, index]
            class_weight = None if class_weight is None else class_weight[index]
        losses = self.region_losses(Regions(score, probs, target, mask))
        counted = target * mask if self.classes == "present" else mask.expand_as(target)
        counts = (sum_pixels(counted, self.per_image) > 0).to(losses.dtype)
        if class_weight is not None:
            counts = counts * class_weight
        return torch.where(counts > 0, losses * counts, 0.0), counts
