"""Division of a data set into shares, at random or by class pixels, without dividing groups."""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from seg_plugins.files.atomic import write_text

__all__ = ["assign_shares", "group_names", "write_folds", "write_lists"]

FEW = 1000  # groups


def group_names(stems: Sequence[str], pattern: str) -> list[str]:
    """Return the group of every image: the pattern's first bracket, or else the whole match.

    Args:
        stems: File names without suffix.
        pattern: Regular expression that finds the name of the video or patient.

    Raises:
        ValueError: If a name does not match, or the pattern is invalid.

    >>> group_names(["cam1_001", "cam2_001"], r"^([^_]+)_")
    ['cam1', 'cam2']
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise ValueError(f"the group pattern {pattern!r} is not a regular expression: {error}") from None
    groups = []
    for stem in stems:
        match = compiled.search(stem)
        if match is None:
            raise ValueError(f"the group pattern {pattern!r} finds nothing in {stem!r}: correct the pattern")
        groups.append(match.group(1) if match.groups() else match.group(0))
    return groups


def rarest_first(totals: np.ndarray, rng: np.random.Generator) -> Iterator[tuple[int, int]]:
    """Yield every group once, with the class for which it is chosen.

    The class is the one that the fewest remaining groups hold; the group is the one that holds most of it.
    The order among equals is drawn once. If there are few groups, it is drawn again in every step, so that
    existing divisions of data sets stay reproducible.

    Args:
        totals: (G, K) pixels of every class in every group.
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
    """Assign every image to a part, so that each part gets its share of every column of `pixels`.

    The method is greedy, rarest class first, after Sechidis, Tsoumakas and Vlahavas, "On the stratification
    of multi-label data", ECML PKDD 2011, with pixels as labels: the group that holds most of the rarest class
    goes to the part that lacks most of that class. A single column of ones gives random parts of the right
    size.

    Args:
        pixels: (N, K) pixels of every class in every image.
        shares: Share of each part; they are scaled to sum to 1.
        groups: Group of every image; a group is never divided. By default each image is its own group.
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
    """Write one list file per part, one stem per line, sorted.

    Args:
        folder: Folder of the lists, created if missing.
        parts: Stems of every part, by name.

    Returns:
        The files.

    Raises:
        ValueError: If a name cannot be written in a list.
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
    """Write `0/train.txt`, `0/val.txt`, `1/train.txt`, ...: in fold i, part i is for validation.

    Args:
        folder: Folder of the lists.
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
