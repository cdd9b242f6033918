"""Figures of a data set for a config: class frequencies, class weights, mean and standard deviation."""

from collections.abc import Sequence

import numpy as np

from seg_plugins.datasets.statistics import median_frequency_weights

from .inspection import Inspection

__all__ = ["class_weights", "intensity"]


def with_unit_mean(weights: np.ndarray, present: np.ndarray) -> list[float]:
    """Scale weights to mean 1 over the classes that occur, rounded; other classes have weight 0."""
    weights = np.where(present, weights, 0.0)
    return [round(float(w), 4) for w in weights * present.sum() / max(weights.sum(), 1e-12)]


def class_weights(counts: np.ndarray, beta: float = 0.9999) -> dict[str, list[float]]:
    """Compute class weights for a loss.

    * `median_frequency`: the weights of `median_frequency_weights`, as in the configs for a user's data.
    * `inverse`: total pixels divided by the pixels of the class, scaled to mean 1.
    * `effective_number`: (1 - beta) / (1 - beta^n) for n images that contain the class (Cui et al.,
      Class-balanced loss based on effective number of samples, CVPR 2019, eq. 2), scaled to mean 1. Pixels of
      one image are not independent samples.

    Args:
        counts: (N, K) int64 pixels of every class in every image.
        beta: Value in 0..1; 0 weighs all classes equally.

    Returns:
        Three lists of K numbers. A class that never occurs has weight 1 by median frequency, otherwise 0.
    """
    pixels, images = counts.sum(0), (counts > 0).sum(0)
    present = pixels > 0
    safe = np.maximum(pixels, 1)
    return dict(
        inverse=with_unit_mean(pixels.sum() / safe, present),
        median_frequency=[round(float(w), 4) for w in median_frequency_weights(counts)],
        effective_number=with_unit_mean((1 - beta) / (1 - np.power(beta, np.maximum(images, 1))), present),
    )


def intensity(found: Sequence[Inspection]) -> tuple[list[float], list[float]] | None:
    """Compute mean and standard deviation per channel over all pixels, in the order images are loaded in.

    Returns:
        Two lists of C numbers, or None if images differ in their number of channels, or if a channel has no
        data.
    """
    channels = {len(item.mean) for item in found}
    if len(channels) != 1:
        return None
    whole = [np.full(len(item.mean), item.size[0] * item.size[1], float) for item in found]
    weight = np.array([w if item.valid is None else item.valid for w, item in zip(whole, found, strict=True)])
    if not weight.sum(axis=0).all():
        return None
    mean = np.average([item.mean for item in found], axis=0, weights=weight)
    square = np.average([item.square for item in found], axis=0, weights=weight)
    std = np.sqrt(np.maximum(square - mean**2, 0))
    return [round(float(v), 3) for v in mean], [round(float(v), 3) for v in std]
