"""Bootstrap over images: how much a data-set score varies with the sample of images."""

from collections.abc import Callable

import numpy as np

__all__ = ["bootstrap_interval", "bootstrap_sums"]

_CHUNK = 256


def bootstrap_sums(areas: np.ndarray, draws: int, seed: int = 0) -> np.ndarray:
    """Sum `areas` over images drawn with replacement.

    Args:
        areas: (images, ...) int64 areas per image in pixels.
        draws: Number of resamplings B.
        seed: Seed of the generator; the same seed draws the same images, which pairs two runs.

    Returns:
        (B, ...) float64 sums.
    """
    images = len(areas)
    flat = areas.reshape(images, -1).astype(np.float64)
    generator = np.random.default_rng(seed)
    chunks = []
    for start in range(0, draws, _CHUNK):
        size = min(_CHUNK, draws - start)
        weights = generator.multinomial(images, np.full(images, 1 / images), size=size)
        chunks.append(weights @ flat)
    return np.concatenate(chunks).reshape(draws, *areas.shape[1:])


def bootstrap_interval(
    areas: np.ndarray,
    score: Callable[[np.ndarray], np.ndarray],
    draws: int = 1000,
    level: float = 0.95,
    seed: int = 0,
) -> tuple[float, float]:
    """Compute the percentile interval of a score of summed areas (Efron, Annals of Statistics 7(1), 1979).

    Args:
        areas: (images, ...) areas per image in pixels.
        score: Maps sums (B, ...) to values (B,).
        draws: Number of resamplings.
        level: Coverage in 0..1.
        seed: Seed of the generator.

    Returns:
        Lower and upper bound in the unit of `score`; both nan without images.
    """
    if not len(areas):
        return float("nan"), float("nan")
    values = score(bootstrap_sums(areas, draws, seed))
    low, high = np.nanquantile(values, [(1 - level) / 2, (1 + level) / 2])
    return float(low), float(high)
