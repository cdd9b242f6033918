"""The choice of images to label: evenly spaced, typical, or random ones."""

import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from seg_plugins.progress import track_map
from seg_plugins.transforms.load_seg_image import decode_image

__all__ = ["METHODS", "medoids", "pick_images", "small_pictures", "spaced"]

METHODS = ("spaced", "medoids", "random")
SIZE = (32, 24)  # (W, H) of the images that are compared
MOST = 20_000  # largest number of images whose distances fit into memory
ROUNDS = 50


def spaced(total: int, step: Fraction | int, start: int = 0) -> list[int]:
    """Return evenly spaced indices.

    Args:
        total: Number of images, in their order, such as frames of videos.
        step: Distance of two indices.
        start: First index.

    >>> spaced(10, 4), spaced(10, Fraction(10, 3)), spaced(10, 4, 1)
    ([0, 4, 8], [0, 3, 6], [1, 5, 9])
    """
    return [start + math.floor(i * step) for i in range(math.ceil((total - start) / step))]


def medoids(features: np.ndarray, count: int, seed: Sequence[int] = (0,)) -> list[int]:
    """Return the central images of groups of similar ones.

    The method is k-medoids by alternating assignment and choice, from a random, spread-out start. Sources:
    Kaufman and Rousseeuw, 1987; Park and Jun, Expert Systems with Applications, 2009.

    Args:
        features: (N, D) float.
        count: Number of groups, in 1..N.
        seed: Seed of the start.

    Returns:
        `count` indices, sorted.
    """
    square = (features**2).sum(1)
    apart = np.sqrt(np.maximum(square[:, None] + square - 2 * features @ features.T, 0))
    np.fill_diagonal(apart, 0)
    rng = np.random.default_rng(list(seed))
    chosen = [int(rng.integers(len(features)))]
    while len(chosen) < count:
        nearest = apart[:, chosen].min(1) ** 2
        nearest[chosen] = 0
        rest = np.setdiff1d(np.arange(len(features)), chosen)
        total = nearest.sum()
        chosen.append(int(rng.choice(len(nearest), p=nearest / total) if total > 0 else rest[0]))
    for _ in range(ROUNDS):
        group = apart[:, chosen].argmin(1)
        group[chosen] = np.arange(count)  # equal images stay in separate groups
        members = [np.flatnonzero(group == number) for number in range(count)]
        better = [int(own[apart[np.ix_(own, own)].sum(1).argmin()]) for own in members]
        if better == chosen:
            break
        chosen = better
    return sorted(chosen)


def small_picture(path: Path) -> np.ndarray:
    """Return an image at `SIZE`, (D,) float32; images without three channels become grey."""
    image = decode_image(path.read_bytes(), path, "unchanged").astype(np.float32)
    planes = image if image.ndim == 3 and image.shape[2] == 3 else np.atleast_3d(image).mean(2)
    return cv2.resize(planes, SIZE, interpolation=cv2.INTER_AREA).ravel()


def small_pictures(paths: Sequence[Path], jobs: int = 1) -> np.ndarray:
    """Read images for `medoids`, with a progress bar.

    Args:
        paths: Files of the images.
        jobs: Number of threads.

    Returns:
        (N, D) float32.

    Raises:
        ValueError: There are too many images, a file cannot be read, or only some images are coloured.
    """
    if len(paths) > MOST:
        raise ValueError(f"medoids compares up to {MOST:,} images, not {len(paths):,}: choose spaced")
    pictures = list(track_map(small_picture, list(paths), "reading images", jobs))
    if len({len(picture) for picture in pictures}) > 1:
        pictures = [p.reshape(-1, 3).mean(1) if len(p) > SIZE[0] * SIZE[1] else p for p in pictures]
    return np.stack(pictures)


def pick_images(
    total: int,
    count: int,
    method: str,
    step: Fraction | int,
    start: int = 0,
    seed: Sequence[int] = (0,),
    features: np.ndarray | None = None,
) -> list[int]:
    """Return the indices of the images to label, sorted.

    Args:
        total: Number of images.
        count: Number of images to choose, at random or as medoids.
        method: One of `METHODS`.
        step: Step for `spaced`.
        start: Start for `spaced`.
        seed: Seed of the other methods.
        features: (total, D), for medoids.
    """
    if method == "spaced":
        return spaced(total, step, start)
    if method == "medoids":
        return medoids(features, count, seed)
    return sorted(np.random.default_rng(list(seed)).choice(total, count, replace=False).tolist())
