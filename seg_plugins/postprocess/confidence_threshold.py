"""Rejection of uncertain pixels, and the accuracy that it gains."""

import torch
from mmseg.registry import MODELS
from torch import Tensor

from .prediction import BatchPrediction, PostprocessStep

__all__ = ["ConfidenceThreshold", "coverage_accuracy", "reject"]


def reject(logits: Tensor, labels: Tensor, threshold: float, unknown: int = 255) -> Tensor:
    """Replace labels by `unknown` where the largest softmax probability is below the threshold.

    Args:
        logits: (N, K, H, W) floating point scores.
        labels: (N, H, W) int64.
        threshold: Probability in 0..1.
        unknown: Id to write.

    Returns:
        (N, H, W) int64.
    """
    return labels.masked_fill(logits.softmax(1).amax(1) < threshold, unknown)


def coverage_accuracy(confidence: Tensor, correct: Tensor, points: int = 101) -> tuple[Tensor, Tensor]:
    """Compute the accuracy on the most confident pixels, for each share of pixels kept.

    Source: El-Yaniv and Wiener, On the Foundations of Noise-free Selective Classification, JMLR 11, 2010.

    Args:
        confidence: (P,) floating point, larger is more confident.
        correct: (P,) bool.
        points: Number of shares, evenly spaced.

    Returns:
        Coverage (points,) in 1/P..1 and the accuracy (points,) of the pixels covered, both float64.

    Example:
        >>> coverage, accuracy = coverage_accuracy(
        ...     torch.tensor([0.9, 0.8, 0.7, 0.6]), torch.tensor([True, True, False, True]), points=4)
        >>> [round(x, 2) for x in accuracy.tolist()]
        [1.0, 1.0, 0.67, 0.75]
    """
    hits = correct[confidence.argsort(descending=True, stable=True)].double().cumsum(0)
    total = len(hits)
    kept = torch.linspace(total / points, total, points, dtype=torch.float64).round().long().clamp_min(1)
    return kept.double() / total, hits[kept - 1].cpu() / kept


@MODELS.register_module()
class ConfidenceThreshold(PostprocessStep):
    """Write `unknown` where the largest softmax probability is below the threshold.

    Evaluate with `dict(type="ConfusionMetric", rejected=255)`, which leaves these pixels out, and with
    `dict(type="CoverageMetric")`, which reports how many remain and the effect of other thresholds.

    Args:
        threshold: Probability in 0..1.
        unknown: Id to write; data sets ignore 255.

    Raises:
        ValueError: The threshold is not a probability, or a class map cannot hold `unknown`.
    """

    def __init__(self, threshold: float, unknown: int = 255) -> None:
        super().__init__()
        if not 0 <= threshold <= 1:
            raise ValueError(f"ConfidenceThreshold(threshold={threshold}): use a probability in 0..1")
        if not 0 <= unknown < 2**16:
            raise ValueError(f"ConfidenceThreshold(unknown={unknown}): use an id that a class map holds: 255")
        self.threshold = threshold
        self.unknown = unknown

    def forward(self, prediction: BatchPrediction) -> BatchPrediction:
        """Reject labels; the scores are not changed.

        Raises:
            ValueError: `unknown` is larger than class maps of so many classes can hold.
        """
        classes = prediction.logits.shape[1]
        if self.unknown > 255 and classes <= 256:
            raise ValueError(
                f"ConfidenceThreshold(unknown={self.unknown}): class maps of {classes} classes have eight"
                " bits: use 255"
            )
        return prediction.with_labels(
            reject(prediction.logits, prediction.labels, self.threshold, self.unknown)
        )
