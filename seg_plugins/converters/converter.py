"""Converters: facts about a data set, and a function that finds its files."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import NamedTuple

import numpy as np

__all__ = ["Converter", "Entry", "Sample", "SourceError"]


class SourceError(ValueError):
    """The source folder is missing, or the converter does not recognise it."""


class Sample(NamedTuple):
    """One image with its labels, ready to be written.

    Attributes:
        image: PNG or JPEG file to copy unchanged, or (H, W) or (H, W, 3) uint8 in OpenCV's channel order.
        labels: (H, W) uint8 class ids, 255 is ignored; None for a test split without labels.
        instances: (H, W) uint16, 0 = none; None if the data set has no instances.
        note: Changes to the data that the user should know about, or "".
    """

    image: Path | np.ndarray
    labels: np.ndarray | None
    instances: np.ndarray | None = None
    note: str = ""


@dataclass(frozen=True)
class Entry:
    """One image to convert.

    Args:
        split: "train", "val" or "test".
        stem: File name without suffix, unique in its split.
        make: Function that makes the sample; it runs in another process, so it has to be picklable.
        source: The files that it reads, so that a change is noticed.
    """

    split: str
    stem: str
    make: Callable[[], Sample]
    source: tuple[Path, ...] = ()


@dataclass(frozen=True)
class Converter:
    """A data set that can be prepared.

    Args:
        name: Token of the data set in config names.
        num_classes: Number of classes in the labels that are written.
        find: Function that lists the entries of a source folder; raises `SourceError` if it is not
            recognised.
        licence: Terms of use, in a sentence.
        citation: The publication to cite.
        fetch: Origin of the source, and how its files have to be arranged.
        counts: Published number of images per split; verified for every split that is present.
        required: Splits that must be present.
    """

    name: str
    num_classes: int
    find: Callable[[Path], Sequence[Entry]]
    licence: str
    citation: str
    fetch: str
    counts: dict[str, int] = field(default_factory=dict)
    required: tuple[str, ...] = ("train", "val")
