"""Nearly equal images, and sequences with frames in two splits."""

import os
import re
from collections import defaultdict
from collections.abc import Sequence

import numpy as np

from .inspection import Inspection

__all__ = ["near_duplicates", "shared_sequences"]

BLOCK = 2048
FRAME = re.compile(r"^(.*?)[_-]?f?\d+$")


def standardised(thumbnails: np.ndarray) -> np.ndarray:
    """Convert (N, h, w) uint8 to (N, h*w) float32 of mean 0 and length 1; images of one grey become 0."""
    flat = thumbnails.reshape(len(thumbnails), -1).astype(np.float32)
    flat = flat - flat.mean(1, keepdims=True)
    length = np.linalg.norm(flat, axis=1, keepdims=True)
    return np.divide(flat, length, out=np.zeros_like(flat), where=length > 1e-3)


def near_duplicates(
    thumbnails: np.ndarray, correlation: float = 0.985, difference: float = 6.0
) -> list[tuple[int, int, float]]:
    """Find pairs of images whose thumbnails agree.

    Args:
        thumbnails: (N, h, w) uint8 grey.
        correlation: Smallest Pearson correlation of a pair, in -1..1.
        difference: Largest mean absolute difference in grey levels.

    Returns:
        (i, j, correlation) with i < j, highest correlation first. Images without contrast form no pair.
    """
    flat = standardised(thumbnails)
    pairs = []
    for start in range(0, len(flat), BLOCK):
        rows = flat[start : start + BLOCK]
        for other in range(start, len(flat), BLOCK):
            score = rows @ flat[other : other + BLOCK].T
            for i, j in np.argwhere(score >= correlation):
                first, second = start + int(i), other + int(j)
                if first < second:
                    gap = np.abs(thumbnails[first].astype(int) - thumbnails[second]).mean()
                    if gap <= difference:
                        pairs.append((first, second, float(score[i, j])))
    return sorted(pairs, key=lambda pair: -pair[2])


def sequence_of(path: str) -> str:
    """Return a file name without the frame number at its end.

    >>> sequence_of("a/0016E5_07959.jpg"), sequence_of("b/Seq05VD_f00000.png")
    ('0016E5', 'Seq05VD')
    """
    stem = os.path.splitext(os.path.basename(path))[0]
    match = FRAME.match(stem)
    return match.group(1) if match else ""


def shared_sequences(found: Sequence[Inspection]) -> dict[str, dict[str, int]]:
    """Find sequences (videos, patients) with frames in more than one split, from file names.

    A beginning that all names share is the name of the data set, not a sequence.

    Args:
        found: All entries.

    Returns:
        Sequence -> split -> number of frames.
    """
    counts: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for item in found:
        counts[sequence_of(item.image)][item.split] += 1
    named = {name: dict(splits) for name, splits in counts.items() if name}
    if len(named) < 2:
        return {}
    return {name: splits for name, splits in named.items() if len(splits) > 1}
