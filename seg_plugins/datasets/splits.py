"""Divides a data set: at random or by class pixels, whole groups on one side, into any shares."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from seg_plugins.files.atomic import write_text

__all__ = ["assign_shares", "group_names", "write_folds", "write_lists"]

FEW = 1000  # groups


def group_names(stems: Sequence[str], pattern: str) -> list[str]:
    """Names the group of every image: what the pattern's first bracket, or else all of it, matches.

    Args:
        stems: File names without ending.
        pattern: Regular expression that finds the video or patient in the name.

    Raises:
        ValueError: If a name does not match, or the pattern is none.

    >>> group_names(["cam1_001", "cam2_001"], r"^([^_]+)_")
    ['cam1', 'cam2']
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"the group pattern {pattern!r} is no regular expression: {error}") from None
    groups = []
    for stem in stems:
        match = compiled.search(stem)
        if match is None:
            raise ValueError(f"the group pattern {pattern!r} finds nothing in {stem!r}: correct the pattern")
        groups.append(match.group(1) if match.groups() else match.group(0))
    return groups


def rarest_first(totals: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Yields every group once, with the class that it is chosen for.

    That is the class which the fewest of the groups left hold, and of those the group which holds most of it.
    The order among equals is drawn once; of few groups anew in every step, so that data sets are divided as
    they always were.

    Args:
        totals: (G, K) of every class in every group.
        rng: Draws the order among equals.
    """
    count = len(totals)
    holders, left = (totals > 0).sum(axis=0), np.ones(count, bool)
    few = count <= FEW
    place = None if few else rng.permutation(count)
    queues: dict[int, Iterator[int]] = {}
    for _ in range(count):
        column = int(np.argmin(np.where(holders > 0, holders, count + 1)))
        if few:
            rows = rng.permutation(np.flatnonzero(left))
            row = int(rows[np.argmax(totals[rows, column])])
        else:
            if column not in queues:
                queues[column] = iter(np.lexsort((place, -totals[:, column])).tolist())
            row = next(row for row in queues[column] if left[row])
        left[row] = False
        holders -= totals[row] > 0
        yield row, column


def assign_shares(
    pixels: np.ndarray, shares: Sequence[float], groups: Sequence[str] | None = None, seed: int = 0
) -> np.ndarray:
    """Assigns every image to a part, so that each part gets its share of every column of `pixels`.

    Greedy and rarest first, after Sechidis, Tsoumakas and Vlahavas, "On the stratification of multi-label
    data", ECML PKDD 2011, with pixels for labels: the group that holds most of the rarest class goes to
    the part that lacks most of that class. One column of ones gives parts of the right size, at random.

    Args:
        pixels: (N, K) pixels of every class in every image.
        shares: What each part is to get; they are scaled to sum to 1.
        groups: Name of the group of every image; a group is never divided. By default each is its own.
        seed: Seed of the order among equals.

    Returns:
        (N,) int, the part of every image.

    Raises:
        ValueError: If there are fewer groups than parts.
    """
    rng = np.random.default_rng(seed)
    names, member = np.unique(groups if groups is not None else np.arange(len(pixels)), return_inverse=True)
    if len(names) < len(shares):
        raise ValueError(f"{len(names)} groups cannot be divided into {len(shares)} parts")
    totals = np.zeros((len(names), pixels.shape[1] + 1))
    np.add.at(totals, member, np.column_stack([pixels, np.ones(len(pixels))]))
    totals /= np.maximum(totals.sum(axis=0), 1)  # the last column, images, breaks ties
    wanted = np.outer(np.asarray(shares, float) / np.sum(shares), np.ones(totals.shape[1]))
    part, empty = np.full(len(names), -1), set(range(len(shares)))
    for step, (row, column) in enumerate(rarest_first(totals, rng)):
        open_parts = sorted(empty) if len(empty) == len(names) - step else range(len(shares))
        part[row] = max(open_parts, key=lambda p: (wanted[p, column], wanted[p, -1]))
        wanted[part[row]] -= totals[row]
        empty.discard(int(part[row]))
    return part[member]


def write_lists(folder: Path, parts: dict[str, Sequence[str]]) -> list[Path]:
    """Writes one list file per part, a stem a line, sorted.

    Args:
        folder: Where to; it is made.
        parts: Stems of every part, by name.

    Returns:
        The files.

    Raises:
        ValueError: If a name cannot stand in a list.
    """
    for stem in (stem for stems in parts.values() for stem in stems):
        if "\n" in stem or "\r" in stem or stem != stem.encode(errors="ignore").decode():
            raise ValueError(f"file name {stem!r} has a line break or is not UTF-8: rename the file")
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, stems in parts.items():
        paths.append(folder / f"{name}.txt")
        write_text(paths[-1], "".join(f"{stem}\n" for stem in sorted(stems)))
    return paths


def write_folds(folder: Path, stems: Sequence[str], part: np.ndarray) -> list[Path]:
    """Writes `0/train.txt`, `0/val.txt`, `1/train.txt`, ...: in fold i, part i is for validation.

    Args:
        folder: Where to.
        stems: Stems of all images.
        part: (N,) the part of every image.

    Returns:
        The files.
    """
    paths = []
    for fold in range(int(part.max()) + 1):
        lists = {
            "train": [stem for stem, p in zip(stems, part, strict=True) if p != fold],
            "val": [stem for stem, p in zip(stems, part, strict=True) if p == fold],
        }
        paths += write_lists(folder / str(fold), lists)
    return paths
