"""Figures of a data set that a config wants: class shares, class weights, mean and standard deviation."""

from collections.abc import Sequence

import numpy as np

from seg_plugins.datasets.statistics import median_frequency_weights

from .inspection import Inspection

__all__ = ["class_weights", "intensity"]


def with_unit_mean(weights: np.ndarray, present: np.ndarray) -> list[float]:
    """Weights with mean 1 over the classes that occur, rounded; 0 for those that do not."""
    weights = np.where(present, weights, 0.0)
    return [round(float(w), 4) for w in weights * present.sum() / max(weights.sum(), 1e-12)]


def class_weights(counts: np.ndarray, beta: float = 0.9999) -> dict[str, list[float]]:
    """Weights of the classes for a loss.

    * `median_frequency`: those of `median_frequency_weights`, as in the configs that are made for own data.
    * `inverse`: total pixels over the pixels of the class, with mean 1.
    * `effective_number`: (1 - beta) / (1 - beta^n), n the images that the class occurs in (Cui et al.,
      Class-balanced loss based on effective number of samples, CVPR 2019, eq. 2): pixels of one image are no
      independent samples. With mean 1.

    Args:
        counts: (N, K) int64 pixels of every class in every image.
        beta: In 0..1; 0 weighs all classes alike.

    Returns:
        Three lists of K numbers; for a class that never occurs 1 by median frequency, else 0.
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
    """Mean and standard deviation per channel over all pixels, in the order images are loaded in.

    Returns:
        Two lists of C numbers, or None where images differ in their number of channels, or one holds no data.
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
