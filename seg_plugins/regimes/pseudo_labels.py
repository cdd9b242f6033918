"""Labels from a teacher, and the loss of labelled and pseudo-labelled images in one pass."""

import math
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from torch import Tensor, nn

from seg_plugins.ops.image_frame import padding_of
from seg_plugins.ops.replacing import replaced
from seg_plugins.ops.two_classes import two_class_logits

__all__ = [
    "is_image",
    "joint_loss",
    "kept_pixels",
    "labels_and_confidence",
    "mean_of_labelled",
    "pseudo_samples",
    "ramp_up",
    "weighted",
]


def ramp_up(step: int, length: int) -> float:
    """Return a weight that rises from near 0 to 1.

    Source: Laine and Aila, ICLR 2017: exp(-5 (1 - step / length)^2).

    Args:
        step: Number of finished steps.
        length: Steps after which the weight is 1; with 0, it is always 1.

    >>> [round(ramp_up(step, 100), 3) for step in (0, 50, 100, 200)]
    [0.007, 0.287, 1.0, 1.0]
    """
    rest = 1 - min(1.0, step / length) if length else 0.0
    return math.exp(-5 * rest * rest)


def labels_and_confidence(logits: Tensor, threshold: float | None = None) -> tuple[Tensor, Tensor]:
    """Return the most probable class of every pixel, and its probability.

    Args:
        logits: (N, K, H, W) float; a single channel is the foreground of two classes.
        threshold: Probability from which a single channel is foreground; None stands for 0.5.

    Returns:
        Labels (N, H, W) int64 and probabilities (N, H, W) float32.
    """
    probability = two_class_logits(logits.float()).softmax(1)
    if logits.shape[1] == 1:
        labels = (probability[:, 1] > (0.5 if threshold is None else threshold)).long()
        return labels, probability.gather(1, labels[:, None])[:, 0]
    confidence, labels = probability.max(1)
    return labels, confidence


def kept_pixels(
    labels: Tensor, confidence: Tensor, valid: Tensor, threshold: float, least_share: float, classes: int
) -> Tensor:
    """Choose the pixels whose label counts, (N, H, W) bool; does not wait for the device.

    A single threshold drops rare classes altogether, because a network is seldom sure of them. Therefore, of
    each class, at least a share of its most confident pixels is kept. Source: Zou et al., "Unsupervised
    domain adaptation for semantic segmentation via class-balanced self-training", ECCV 2018.

    Args:
        labels: (N, H, W) int64.
        confidence: Probabilities of the labels, (N, H, W) float32.
        valid: Pixels that are image, (N, H, W) bool.
        threshold: Probability from which a pixel is kept.
        least_share: Fraction of each class's pixels in the batch that is kept at least, to a hundredth of
            probability, in 0..1.
        classes: K.
    """
    keep = valid & (confidence >= threshold)
    if not least_share:
        return keep
    level = (confidence * 100).long().clamp_(0, 99)
    counts = confidence.new_zeros(classes * 100)
    counts.scatter_add_(0, (labels * 100 + level).flatten(), valid.flatten().to(counts.dtype))
    above = counts.view(classes, 100).flip(1).cumsum(1).flip(1)  # pixels of the level or a higher one
    enough = above >= least_share * above[:, :1]
    lowest = enough.long().sum(1) - 1  # the highest level that has enough
    return keep | (valid & (level >= lowest[labels]))


def is_image(samples: Sequence[SegDataSample], size: tuple[int, int], device: torch.device) -> Tensor:
    """Return the mask of pixels that are image and not padding, (N, H, W) bool.

    Args:
        samples: Samples with `img_padding_size` or `padding_size` (left, right, top, bottom) if they were
            padded.
        size: (H, W) of the batch.
        device: Device of the result.
    """
    inside = torch.ones(len(samples), *size, dtype=torch.bool)
    for one, sample in zip(inside, samples, strict=True):
        left, right, top, bottom = padding_of(sample.metainfo)
        one[:top], one[size[0] - bottom :] = False, False
        one[:, :left], one[:, size[1] - right :] = False, False
    return inside.to(device, non_blocking=True)


def pseudo_samples(samples: Sequence[SegDataSample], labels: Tensor) -> list[SegDataSample]:
    """Return copies of samples whose ground truth is `labels`, (N, H, W) int64."""
    copies = []
    for sample, label in zip(samples, labels, strict=True):
        copy = SegDataSample(metainfo=sample.metainfo)
        copy.gt_sem_seg = PixelData(data=label[None])
        copies.append(copy)
    return copies


@contextmanager
def mean_of_labelled(segmentor: nn.Module) -> Iterator[None]:
    """Make the losses within the block means over labelled pixels.

    Upstream's cross entropy divides by all pixels unless `avg_non_ignore` is set. Multiplied by the fraction
    of labelled pixels, that fraction would count twice.
    """
    with ExitStack() as stack:
        for module in segmentor.modules():
            if not getattr(module, "avg_non_ignore", True):
                stack.enter_context(replaced(module, avg_non_ignore=True))
        yield


def _divided(logits: Any, count: int) -> tuple[Any, Any]:
    """Divide logits, or nested lists of them, into those of the first `count` images and the others."""
    if isinstance(logits, Tensor):
        return logits[:count], logits[count:]
    parts = [_divided(part, count) for part in logits]
    kind = type(logits)
    return kind(first for first, _ in parts), kind(second for _, second in parts)


def joint_loss(
    segmentor: nn.Module,
    inputs: Sequence[Tensor],
    samples: Sequence[Sequence[SegDataSample]],
    weight: float | Tensor,
) -> dict[str, Tensor]:
    """Return the losses of two groups of images that go through the network as one batch.

    Batch normalisation then covers both groups. Each head computes the loss of each group separately.

    Args:
        segmentor: Segmentor in training mode; its heads compute their losses in `loss_by_feat`, like mmseg's.
        inputs: Labelled images (n, C, H, W) and others (m, C, H, W), normalised.
        samples: Samples of the images, with ground truth.
        weight: Factor for the losses of the second group, which are means over labelled pixels.

    Returns:
        Losses of the first group by the segmentor's own names; those of the second with `unsup_` before the
        last part of the name.

    Raises:
        ValueError: The sizes differ, or a head computes its loss differently.
    """
    if inputs[0].shape[1:] != inputs[1].shape[1:]:
        first, second = (tuple(part.shape[-2:]) for part in inputs)
        raise ValueError(
            f"labelled crops are {first[0]}x{first[1]}, unlabelled ones {second[0]}x{second[1]}: set "
            "both the same crop_size, or set semi_train_cfg.joint=False"
        )
    heads = [module for module in segmentor.modules() if hasattr(module, "loss_by_feat")]
    if not heads:
        raise ValueError(
            f"{type(segmentor).__name__} has no head with loss_by_feat: set semi_train_cfg.joint=False"
        )
    count = len(inputs[0])

    def split(loss: Callable[..., dict[str, Tensor]]) -> Callable[..., dict[str, Tensor]]:
        def both(logits: Any, batch: Sequence[SegDataSample], *args: Any, **kwargs: Any) -> dict[str, Tensor]:
            parts = _divided(logits, count)
            losses = dict(loss(parts[0], list(batch[:count]), *args, **kwargs))
            with mean_of_labelled(segmentor):
                losses |= weighted(loss(parts[1], list(batch[count:]), *args, **kwargs), weight)
            return losses

        return both

    with ExitStack() as stack:
        for head in heads:
            stack.enter_context(replaced(head, loss_by_feat=split(head.loss_by_feat)))
        return segmentor.loss(torch.cat(list(inputs)), [*samples[0], *samples[1]])


def weighted(losses: dict[str, Any], weight: float | Tensor) -> dict[str, Any]:
    """Multiply losses by a factor, keep other values, and prefix all names with `unsup_`."""
    found = {}
    for name, value in losses.items():
        head, dot, last = name.rpartition(".")
        values = value if isinstance(value, list) else [value]
        scaled = [v * weight for v in values] if "loss" in name else values
        found[f"{head}{dot}unsup_{last}"] = scaled if isinstance(value, list) else scaled[0]
    return found
