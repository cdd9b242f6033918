"""Rejection of uncertain pixels, and the accuracy that it gains."""

from mmseg.registry import MODELS
from torch import Tensor

from .prediction import BatchPrediction, PostprocessStep

__all__ = ["ConfidenceThreshold", "reject"]


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
