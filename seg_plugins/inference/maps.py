"""Labels, confidence and uncertainty from finished scores."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seg_plugins.files.label_maps import no_data_id
from seg_plugins.ops.best_class import best_class
from seg_plugins.ops.painting import paint, tint

__all__ = ["MAPS", "Prediction", "blank", "choose_labels", "maps_of_band"]

MAPS = ("confidence", "uncertainty")
CHUNK = 64  # rows whose probabilities are held at a time


@dataclass
class Prediction:
    """The prediction for one image; every map has its size (H, W).

    Attributes:
        labels: uint8 (uint16 above 255 classes) class ids; `no_data_id` for pixels without data.
        confidence: float32 probability of the predicted class, 0 to 1. For pixels that a step labelled
            unknown, it is the probability of the likeliest class.
        uncertainty: float32. With TTA or dropout samples, it is the variance of the probabilities summed over
            the classes, otherwise the entropy of the probabilities in nats over log K, 0 to 1. Confidence and
            uncertainty are None if they were not requested from the predictor.
        image: (H, W, 3) uint8 RGB, for display.
        classes: Class names.
        palette: (K, 3) RGB, or None.
        valid: (H, W) bool, True for pixels with data; None if all pixels have data.
    """

    labels: np.ndarray
    confidence: np.ndarray | None
    uncertainty: np.ndarray | None
    image: np.ndarray
    classes: tuple[str, ...]
    palette: Any
    valid: np.ndarray | None = None

    @property
    def size(self) -> int:
        """Number of pixels with data."""
        return self.labels.size if self.valid is None else int(self.valid.sum())

    @property
    def colors(self) -> np.ndarray:
        """Labels as (H, W, 3) uint8 RGB, black for pixels without data or a known class."""
        return paint(self.labels, self.palette, no_data_id(len(self.classes)))

    @property
    def overlay(self) -> np.ndarray:
        """Labels over the image, (H, W, 3) uint8 RGB; the background class stays transparent."""
        count = len(self.classes)
        return tint(self.image, self.labels, self.palette, self.classes, ignore_index=no_data_id(count))


def blank(maps: Sequence[np.ndarray | None], valid: np.ndarray | None, count: int) -> None:
    """Mark pixels without data in labels, confidence and uncertainty, in place; their confidence is 0.

    Args:
        maps: Labels, then the other maps, (H, W) each, or None.
        valid: (H, W) bool; None means that all pixels have data.
        count: K.
    """
    if valid is None:
        return
    for value, part in zip((no_data_id(count), 0, 0), maps, strict=True):
        if part is not None:
            part[~valid] = value


def choose_labels(logits: Tensor, threshold: float | None = None) -> Tensor:
    """Choose labels (H, W) uint8, above 256 classes int32, from logits (K, H, W).

    Args:
        logits: Class scores, K >= 2.
        threshold: Threshold of the foreground's probability, for two classes; None chooses the larger score.
    """
    if threshold is None:
        return best_class(logits)
    return (logits[1] - logits[0] > np.log(threshold / (1 - threshold))).to(torch.uint8)


def maps_of_rows(logits: Tensor, labels: Tensor, variance: Tensor | None, maps: Sequence[str]) -> list:
    """Compute confidence and uncertainty of a few rows; those that `maps` does not name are None."""
    confidence = uncertainty = None
    if maps:
        probability = logits.softmax(0)
        if "confidence" in maps:
            known = labels < len(logits)
            index = torch.where(known, labels.long(), 0)[None]
            confidence = torch.where(known, probability.gather(0, index)[0], probability.amax(0))
        if "uncertainty" in maps:
            entropy = torch.special.entr(probability).sum(0) / np.log(len(logits))
            uncertainty = entropy.clamp_max(1) if variance is None else variance  # 1 + rounding
    return [confidence, uncertainty]


def maps_of_band(
    scores: Tensor,
    has_variance: bool,
    maps: Sequence[str] = MAPS,
    threshold: float | None = None,
    labels: Tensor | None = None,
) -> tuple[np.ndarray, np.ndarray | None, np.ndarray | None]:
    """Compute labels, confidence and uncertainty (n, w) of scores (C, n, w), `CHUNK` rows at a time.

    Args:
        scores: Logits, followed by a channel of the variance if `has_variance`.
        has_variance: Whether that channel exists.
        maps: Names of the maps to compute; confidence and uncertainty are None if they are not named.
        threshold: Threshold for `choose_labels`.
        labels: (n, w) if a post-processing step has chosen them.
    """
    parts: list[list[Tensor | None]] = []
    for top in range(0, scores.shape[1], CHUNK):
        rows = scores[:, top : top + CHUNK]
        logits = rows[:-1] if has_variance else rows
        chosen = choose_labels(logits, threshold) if labels is None else labels[top : top + CHUNK]
        row_maps = maps_of_rows(logits, chosen, rows[-1] if has_variance else None, maps)
        parts.append([chosen.cpu(), *(None if x is None else x.cpu() for x in row_maps)])
    columns = zip(*parts, strict=True)
    return tuple(None if column[0] is None else torch.cat(column).numpy() for column in columns)
