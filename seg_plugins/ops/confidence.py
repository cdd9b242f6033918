"""Confidence of a prediction at each pixel, and how often the prediction is right at each confidence."""

import numpy as np
import torch
from torch import Tensor

__all__ = [
    "calibration_bins",
    "calibration_bins_on_device",
    "calibration_errors",
    "confidence_of_sample",
    "max_probability",
]


def max_probability(logits: Tensor, rows: int = 64) -> Tensor:
    """Compute the largest softmax probability, in bands of rows so that no second full-size tensor is held.

    Args:
        logits: (K, H, W) float, unnormalised.
        rows: Height of a band in pixels.

    Returns:
        (H, W) float32 in 1/K..1.
    """
    bands = [
        torch.exp(band.amax(dim=0) - torch.logsumexp(band, dim=0))
        for band in (b.float() for b in logits.split(rows, dim=1))
    ]
    return torch.cat(bands)


def confidence_of_sample(sample: dict, stride: int = 1) -> Tensor | None:
    """Return the probability of the predicted class from a model's data sample.

    `pred_confidence` (1, H, W) is used if the sample has it, else `seg_logits` (K, H, W). With K = 1 the
    latter is already the foreground probability, as upstream's post-processing leaves it.

    Args:
        sample: Data sample as a dictionary.
        stride: Keep every `stride`-th row and column.

    Returns:
        (H / stride, W / stride) float32 in 0..1, or None if the sample has neither.
    """
    if "pred_confidence" in sample:
        return sample["pred_confidence"]["data"][0, ::stride, ::stride].float()
    if "seg_logits" not in sample:
        return None
    logits = sample["seg_logits"]["data"][:, ::stride, ::stride]
    if len(logits) > 1:
        return max_probability(logits)
    chosen = sample["pred_sem_seg"]["data"][0, ::stride, ::stride]
    return torch.where(chosen > 0, logits[0], 1 - logits[0]).float()


def calibration_bins(confidence: np.ndarray, right: np.ndarray, bins: int) -> np.ndarray:
    """Sort pixels into equal-width bins of confidence.

    Args:
        confidence: (N,) float in 0..1.
        right: (N,) bool, whether the prediction is right.
        bins: B.

    Returns:
        (3, B) float64: pixels, sum of confidences, right pixels.

    Example:
        >>> calibration_bins(np.array([0.2, 0.9, 1.0]), np.array([False, True, True]), 2).tolist()
        [[1.0, 2.0], [0.2, 1.9], [0.0, 2.0]]
    """
    index = np.minimum((confidence * bins).astype(np.int64), bins - 1)
    weights = (None, confidence, right)
    return np.stack([np.bincount(index, w, minlength=bins).astype(np.float64) for w in weights])


def calibration_bins_on_device(confidence: Tensor, right: Tensor, valid: Tensor, bins: int) -> Tensor:
    """Sort pixels into bins as `calibration_bins` does, without a wait for the device.

    Args:
        confidence: Float in 0..1, any shape.
        right: Bool, likewise, whether the prediction is right.
        valid: Bool, likewise; other pixels are not counted.
        bins: B.

    Returns:
        (3, B) float64, on the device of `confidence`: pixels, sum of confidences, right pixels.
    """
    values = confidence.flatten().double()
    index = (values * bins).long().clamp(0, bins - 1).masked_fill(~valid.flatten(), bins)
    rows = torch.stack([torch.ones_like(values), values, right.flatten().double()])
    table = rows.new_zeros(3, bins + 1).scatter_add_(1, index.expand(3, -1), rows)
    return table[:, :-1]


def calibration_errors(table: np.ndarray) -> dict[str, float]:
    """Compute the expected and largest calibration error (Guo et al., ICML 2017, eq. 3 and 5).

    Args:
        table: (3, B) as `calibration_bins` returns it.

    Returns:
        ECE, the mean over pixels of |accuracy - confidence| of their bin, and MCE, the largest of a bin. Both
        are in 0..1, or nan without pixels.
    """
    pixels, confidence, right = table[:, table[0] > 0]
    if not len(pixels):
        return {"ECE": float("nan"), "MCE": float("nan")}
    gaps = np.abs(right - confidence)
    return {"ECE": float(gaps.sum() / pixels.sum()), "MCE": float((gaps / pixels).max())}
