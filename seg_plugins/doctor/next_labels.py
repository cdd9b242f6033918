"""The choice of images to label next, and validation images that training has nearly seen."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
from mmengine.config import Config

from seg_plugins.inference.predictor import SegPredictor
from seg_plugins.progress import track

from .candidates import Candidates
from .duplicates import near_duplicates, shared_sequences
from .inspection import Inspection
from .picking import few_enough, grey_thumbnails, medoids, small_pictures, spaced

__all__ = ["NextLabels", "choose_next", "image_uncertainties", "most_uncertain"]


@dataclass
class NextLabels:
    """Images to label next.

    Attributes:
        images: The images, the most useful one first if the method ranks them.
        scores: Uncertainty of each image, or None.
        twins: Validation image -> the training image, labelled or not, that nearly equals it.
        sequences: Sequences with frames in validation and in training -> number of validation frames.
    """

    images: list[Path]
    scores: list[float] | None
    twins: dict[Path, Path]
    sequences: dict[str, int]


def image_uncertainties(cfg: Config, checkpoint: str, paths: Sequence[Path]) -> np.ndarray:
    """Return the mean uncertainty of a trained model about each image, (N,) float.

    That of a pixel is the entropy of its probabilities over log K, in 0..1.

    Args:
        cfg: Config of the model.
        checkpoint: Its checkpoint.
        paths: The images.
    """
    predictor = SegPredictor(cfg, checkpoint, maps=("uncertainty",))
    found = []
    for path in track(paths, "evaluating the model", len(paths)):
        result = predictor.predict(path)
        found.append(float(result.uncertainty.sum(dtype=np.float64)) / max(result.size, 1))
    return np.array(found)


def most_uncertain(scores: np.ndarray, thumbnails: np.ndarray, count: int) -> list[int]:
    """Return the indices of the most uncertain images, in that order, without near-duplicates if possible.

    Args:
        scores: (N,) uncertainties.
        thumbnails: (N, h, w) uint8 grey.
        count: Number of images, in 1..N.
    """
    alike: dict[int, set[int]] = {}
    for first, second, _ in near_duplicates(thumbnails):
        alike.setdefault(first, set()).add(second)
        alike.setdefault(second, set()).add(first)
    order = np.argsort(-scores, kind="stable").tolist()
    chosen: list[int] = []
    for index in order:
        if not alike.get(index, set()) & set(chosen):
            chosen.append(index)
    chosen += [index for index in order if index not in chosen]
    return chosen[:count]


def twins_of(
    val: Sequence[Path], training: Sequence[Path], val_thumbnails: np.ndarray, thumbnails: np.ndarray
) -> dict[Path, Path]:
    """Return the most similar near-duplicate among training images of each validation image that has one."""
    pairs = near_duplicates(np.concatenate([val_thumbnails, thumbnails]))
    twins: dict[Path, Path] = {}
    for first, second, _ in pairs:  # the most similar pair first
        if first < len(val) <= second:
            twins.setdefault(val[first], training[second - len(val)])
    return dict(sorted(twins.items()))


def sequences_of(found: Candidates) -> dict[str, int]:
    """Return the sequences, by file names, that validation shares with training, and its frames of each."""
    named = [Inspection("train", str(path), "") for path in (*found.unlabelled, *found.labelled)]
    named += [Inspection("val", str(path), "") for path in found.val]
    return {name: counts["val"] for name, counts in shared_sequences(named).items()}


def choose_next(
    cfg: Config,
    found: Candidates,
    count: int,
    method: str,
    checkpoint: str | None = None,
    jobs: int | None = None,
) -> NextLabels:
    """Choose unlabelled images, and compare validation with training images.

    Args:
        cfg: The config.
        found: Its images, from `find_candidates`.
        count: Number of images to choose.
        method: "spaced": evenly by name; "medoids": central images of groups, beside those that are labelled;
            "uncertainty": those that a model is least certain of.
        checkpoint: Checkpoint of the model, for "uncertainty".
        jobs: Number of threads; by default all cores, at most eight.

    Raises:
        ValueError: There are too few images, or a file cannot be read.
    """
    total = len(found.unlabelled)
    if count > total:
        raise ValueError(f"--pick {count}: {total} images have no label; choose at most {total}")
    if method == "medoids":
        few_enough(total + len(found.labelled))
    training = [*found.unlabelled, *found.labelled]
    pictures = small_pictures([*training, *found.val], jobs)
    thumbnails = grey_thumbnails(pictures)
    twins = twins_of(found.val, training, thumbnails[len(training) :], thumbnails[: len(training)])
    scores = None
    if method == "uncertainty":
        every = image_uncertainties(cfg, checkpoint, found.unlabelled)
        chosen = most_uncertain(every, thumbnails[:total], count)
        scores = [float(every[i]) for i in chosen]
    elif method == "medoids":
        chosen = medoids(pictures[:total], count, taken=pictures[total : len(training)])
    else:
        chosen = spaced(total, Fraction(total, count))
    return NextLabels([found.unlabelled[i] for i in chosen], scores, twins, sequences_of(found))
