"""Calibration of probabilities by one number, fitted on validation data."""

from typing import Any

import torch
from mmseg.registry import MODELS
from torch import Tensor
from torch.nn.functional import cross_entropy

from .prediction import BatchPrediction, PostprocessStep

__all__ = ["TemperatureScaling", "fit_temperature"]


def fit_temperature(logits: Tensor, labels: Tensor, iterations: int = 50) -> float:
    """Find the temperature T > 0 that minimises the cross entropy of softmax(logits / T).

    Source: Guo et al., On Calibration of Modern Neural Networks, ICML 2017, section 4.2. The loss is convex
        in 1 / T; Newton's method finds its minimum.

    Args:
        logits: (P, K) floating point.
        labels: (P,) int64 in 0..K-1.
        iterations: Largest number of Newton steps.

    Returns:
        T, within 0.01..100.

    Raises:
        ValueError: There are no labelled pixels.
    """
    if not len(labels):
        raise ValueError(
            "temperature scaling: no labelled pixel; fit on a loader whose pipeline loads labels"
        )
    logits = logits.double()
    target = logits.gather(1, labels[:, None])[:, 0].mean()
    inverse = 1.0
    for _ in range(iterations):
        probability = (inverse * logits).softmax(1)
        mean = (probability * logits).sum(1)
        variance = (probability * logits**2).sum(1) - mean**2
        step = float((mean.mean() - target) / variance.mean().clamp_min(1e-12))
        moved = min(max(inverse - step, inverse / 4, 0.01), inverse * 4, 100.0)
        if abs(moved - inverse) < 1e-9 * inverse:
            break
        inverse = moved
    return 1 / inverse


@MODELS.register_module()
class TemperatureScaling(PostprocessStep):
    """Divide the scores by a temperature: probabilities become calibrated, labels do not change.

    Without a temperature it has to be fitted: `tools/train.py` with `train_cfg=dict(type="FitLoop")` and the
    validation set as training loader writes a checkpoint that holds it.

    Args:
        temperature: A known temperature.
        pixels: Number of labelled pixels per image that the fit uses, evenly spaced.
        ignore_index: Label to leave out of the fit.

    Raises:
        ValueError: The temperature is not positive.
    """

    def __init__(self, temperature: float | None = None, pixels: int = 4096, ignore_index: int = 255) -> None:
        super().__init__()
        if temperature is not None and temperature <= 0:
            raise ValueError(f"TemperatureScaling(temperature={temperature}): use a positive number")
        self.fits = temperature is None
        self.pixels = pixels
        self.ignore_index = ignore_index
        self.register_buffer("temperature", torch.tensor(temperature or 0.0), persistent=self.fits)
        self._samples: list[tuple[Tensor, Tensor]] = []

    @property
    def is_fitted(self) -> bool:
        """Whether a temperature is known."""
        return bool(self.temperature > 0)

    def fit_batch(self, prediction: BatchPrediction, truth: Tensor) -> None:
        """Collect pixels.

        Args:
            prediction: Scores as they enter this step.
            truth: (N, H, W) int64 labels.
        """
        for logits, labels in zip(prediction.logits.flatten(2), truth.flatten(1), strict=True):
            known = (labels != self.ignore_index).nonzero()[:, 0]
            known = known[:: max(1, len(known) // self.pixels)]
            self._samples.append((logits[:, known].T.cpu(), labels[known].cpu()))

    def fit_end(self) -> dict[str, Any]:
        """Fit the temperature, discard the pixels, and return the result for the log.

        Raises:
            ValueError: No labelled pixel was collected.
        """
        logits, labels = (torch.cat(x) for x in zip(*self._samples, strict=True))
        self._samples.clear()
        before = float(cross_entropy(logits, labels))
        self.temperature.fill_(fit_temperature(logits, labels))
        after = float(cross_entropy(logits / self.temperature.cpu(), labels))
        return dict(temperature=float(self.temperature), nll_before=before, nll_after=after)

    def forward(self, prediction: BatchPrediction) -> BatchPrediction:
        """Divide the scores.

        Raises:
            ValueError: No temperature is known: none was given, fitted or loaded.
        """
        if not self.is_fitted:
            raise ValueError(
                "TemperatureScaling has no temperature: give one in the config, or fit it (FitLoop) and load "
                "the checkpoint that this writes"
            )
        return BatchPrediction(prediction.logits / self.temperature, prediction.labels, prediction.image)
