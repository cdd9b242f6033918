"""The choice of images to label: evenly spaced, typical, or random ones."""

import math
from collections.abc import Sequence
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from seg_plugins.progress import track_map
from seg_plugins.transforms.load_seg_image import decode_image

__all__ = ["METHODS", "few_enough", "grey_thumbnails", "medoids", "pick_images", "small_pictures", "spaced"]

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


def medoids(
    features: np.ndarray, count: int, seed: Sequence[int] = (0,), taken: np.ndarray | None = None
) -> list[int]:
    """Return the central images of groups of similar ones.

    The method is k-medoids by alternating assignment and choice, from a random, spread-out start. Sources:
    Kaufman and Rousseeuw, 1987; Park and Jun, Expert Systems with Applications, 2009.

    Args:
        features: (N, D) float.
        count: Number of groups, in 1..N.
        seed: Seed of the start.
        taken: (M, D) float, images that are chosen already, such as labelled ones: each keeps a group of its
            own, which needs no other image.

    Returns:
        `count` indices, sorted.
    """
    apart = distances(features, features)
    np.fill_diagonal(apart, 0)
    known = np.full(len(features), np.inf)  # distance to the nearest image that is chosen already
    if taken is not None and len(taken):
        known = distances(features, taken).min(1)
    rng = np.random.default_rng(list(seed))
    chosen = [int(rng.integers(len(features)))] if np.isinf(known).all() else []
    while len(chosen) < count:
        nearest = np.minimum(apart[:, chosen].min(1, initial=np.inf), known) ** 2
        nearest[chosen] = 0
        rest = np.setdiff1d(np.arange(len(features)), chosen)
        total = nearest.sum()
        chosen.append(int(rng.choice(len(nearest), p=nearest / total) if total > 0 else rest[0]))
    for _ in range(ROUNDS):
        group = apart[:, chosen].argmin(1)
        group[apart[:, chosen].min(1) > known] = -1
        group[chosen] = np.arange(count)  # equal images stay in separate groups
        members = [np.flatnonzero(group == number) for number in range(count)]
        better = [int(own[apart[np.ix_(own, own)].sum(1).argmin()]) for own in members]
        if better == chosen:
            break
        chosen = better
    return sorted(chosen)


def distances(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    """Return the Euclidean distances (N, M) of rows (N, D) and (M, D)."""
    squares = (first**2).sum(1)[:, None] + (second**2).sum(1)
    return np.sqrt(np.maximum(squares - 2 * first @ second.T, 0))


def few_enough(count: int) -> None:
    """Raise ValueError if there are too many images for `medoids`."""
    if count > MOST:
        raise ValueError(f"medoids compares up to {MOST:,} images, not {count:,}: choose spaced")


def small_picture(path: Path) -> np.ndarray:
    """Return an image at `SIZE`, (D,) float32; images without three channels become grey."""
    image = decode_image(path.read_bytes(), path, "unchanged").astype(np.float32)
    image = np.nan_to_num(image, posinf=0, neginf=0)
    planes = image if image.ndim == 3 and image.shape[2] == 3 else np.atleast_3d(image).mean(2)
    return cv2.resize(planes, SIZE, interpolation=cv2.INTER_AREA).ravel()


def small_pictures(paths: Sequence[Path], jobs: int | None = 1) -> np.ndarray:
    """Read images to compare them, with a progress bar.

    Args:
        paths: Files of the images.
        jobs: Number of threads; None stands for all cores, at most eight.

    Returns:
        (N, D) float32.

    Raises:
        ValueError: A file cannot be read.
    """
    pictures = list(track_map(small_picture, list(paths), "reading images", jobs))
    if len({len(picture) for picture in pictures}) > 1:
        pictures = [p.reshape(-1, 3).mean(1) if len(p) > SIZE[0] * SIZE[1] else p for p in pictures]
    return np.stack(pictures)


def grey_thumbnails(pictures: np.ndarray) -> np.ndarray:
    """Convert (N, D) float32 of `small_pictures` to (N, h, w) uint8 grey; more than 8 bits are stretched."""
    planes = pictures.reshape(len(pictures), SIZE[1], SIZE[0], -1).mean(3)
    fitting = [p if p.min() >= 0 and p.max() <= 255 else stretched(p) for p in planes]
    return np.rint(fitting).astype(np.uint8)


def stretched(plane: np.ndarray) -> np.ndarray:
    """Scale the range of an image to 0..255."""
    return (plane - plane.min()) * (255 / max(float(np.ptp(plane)), 1e-12))


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
