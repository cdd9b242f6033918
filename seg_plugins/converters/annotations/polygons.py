"""Drawing of polygons and run lengths, pixel by pixel like COCO's own code, without checks of the input."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

__all__ = ["Patch", "draw_polygon", "draw_runs", "expand_counts", "join_patches"]

SCALE = 5


class Patch(NamedTuple):
    """A rectangular part of an image.

    Attributes:
        top: Row of its first pixel.
        left: Column of its first pixel.
        mask: (H, W) bool.
    """

    top: int
    left: int
    mask: np.ndarray

    @property
    def window(self) -> tuple[slice, slice]:
        """Rows and columns of the image that the patch covers."""
        height, width = self.mask.shape
        return slice(self.top, self.top + height), slice(self.left, self.left + width)


NOTHING = Patch(0, 0, np.zeros((0, 0), bool))


def fill(changes: np.ndarray, columns: int, rows: int) -> np.ndarray:
    """Fill columns between the positions that change from outside to inside and back.

    Args:
        changes: (N,) positions in columns of `rows`, one column after the other.
        columns: Number of columns.
        rows: Number of rows.

    Returns:
        (rows, columns) bool.
    """
    times = np.bincount(changes, minlength=columns * rows)[: columns * rows]
    return (np.cumsum(times) & 1).astype(bool).reshape(columns, rows).T


def boundary(ring: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Walk around a ring in steps of a fifth of a pixel, like `rleFrPoly`.

    Args:
        ring: (P, 2) of x, y in pixels.

    Returns:
        (M,) int64 x and y of the points, in fifths.
    """
    start = np.trunc(SCALE * ring + 0.5).astype(np.int64)
    end = np.roll(start, -1, axis=0)
    span = np.abs(end - start)
    start, end, span = (a[span.any(axis=1)] for a in (start, end, span))
    edges = np.arange(len(span))
    main = (span[:, 0] < span[:, 1]).astype(int)  # 0 if an edge is longer in x, 1 in y
    flip = start[edges, main] > end[edges, main]
    low, high = np.where(flip[:, None], end, start), np.where(flip[:, None], start, end)
    steps = span[edges, main]
    slope = (high - low)[edges, 1 - main] / steps
    edge = np.repeat(edges, steps + 1)
    t = np.arange(len(edge)) - np.repeat(np.cumsum(steps + 1) - (steps + 1), steps + 1)
    t = np.where(flip[edge], steps[edge] - t, t)
    along = low[edge, main[edge]] + t
    across = np.trunc(low[edge, 1 - main[edge]] + slope[edge] * t + 0.5).astype(np.int64)
    return np.where(main[edge], across, along), np.where(main[edge], along, across)


def draw_polygon(ring: np.ndarray, size: tuple[int, int]) -> Patch:
    """Draw a polygon along the edges of pixels, like `rleFrPoly` in COCO's maskApi.c.

    Args:
        ring: (P, 2) float of x, y in pixels; (0, 0) is the upper left corner of the first pixel.
        size: Height and width of the image; parts outside are cut off.

    Returns:
        The pixels inside; a pixel that a ring encloses twice is outside.

    >>> draw_polygon(np.array([[1.0, 1], [3, 1], [3, 2], [1, 2]]), (4, 4)).window
    (slice(1, 2, None), slice(1, 3, None))
    """
    height, width = size
    u, v = boundary(ring)
    x = np.where(u[1:] < u[:-1], u[1:], u[1:] - 1)
    middle = SCALE // 2
    crossing = (u[1:] != u[:-1]) & (x % SCALE == middle) & (x >= 0) & (x < width * SCALE)
    x = x[crossing] // SCALE
    y = np.minimum(v[1:], v[:-1])[crossing]
    y = np.clip(-((middle - y) // SCALE), 0, height)
    if not len(x) or y.min() == y.max():
        return NOTHING
    left, top, rows = x.min(), y.min(), y.max() - y.min()
    columns = x.max() - left + 1
    inside = fill((x - left) * rows + y - top, columns, rows)
    return Patch(int(top), int(left), inside)


def expand_counts(text: str) -> np.ndarray:
    """Read run lengths that are written as text, like `rleFrString` in COCO's maskApi.c.

    Args:
        text: Groups of five bits, each a character from "0" on; 32 is added if the number continues.

    Returns:
        (N,) int64.

    Raises:
        ValueError: If the text holds other characters, or ends within a number.

    >>> expand_counts("23T3").tolist()
    [2, 3, 100]
    """
    codes = np.frombuffer(text.encode("utf-32-le"), np.uint32).astype(np.int64) - 48
    if ((codes < 0) | (codes > 63)).any() or (len(codes) and codes[-1] & 32):
        raise ValueError("no run lengths")
    last = (codes & 32) == 0
    begin = np.flatnonzero(np.r_[True, last[:-1]]) if len(codes) else np.zeros(0, int)
    shift = 5 * (np.arange(len(codes)) - np.repeat(begin, np.diff(begin, append=len(codes))))
    if (shift > 30).any():
        raise ValueError("a run length is too large")
    values = np.add.reduceat((codes & 31) << shift, begin) if len(begin) else np.zeros(0, np.int64)
    values -= np.where(codes[last] & 16, 1 << (shift[last] + 5), 0)
    for column in (values[1::2], values[2::2]):  # from the fourth on, differences to the last but one
        column[:] = np.cumsum(column)
    return values


def draw_runs(counts: np.ndarray, size: tuple[int, int]) -> Patch:
    """Draw run lengths, which go down the columns and start outside.

    Args:
        counts: (N,) int64.
        size: Height and width of the image.

    Raises:
        ValueError: If a count is negative, or their sum is not the number of pixels.
    """
    height, width = size
    if (counts < 0).any() or int(counts.sum()) != height * width:
        raise ValueError(f"the run lengths add up to {int(counts.sum())} pixels, not to {height}x{width}")
    inside = np.flatnonzero(counts[1::2]) * 2 + 1
    if not len(inside):
        return NOTHING
    changes = np.cumsum(counts)[inside[0] - 1 : inside[-1] + 1]
    left, right = changes[0] // height, (changes[-1] - 1) // height
    return Patch(0, int(left), fill(changes - left * height, right - left + 1, height))


def join_patches(patches: Sequence[Patch]) -> Patch:
    """Return the pixels that are in any of the patches."""
    patches = [patch for patch in patches if patch.mask.any()]
    if len(patches) < 2:
        return patches[0] if patches else NOTHING
    windows = [patch.window for patch in patches]
    top, left = (min(w[axis].start for w in windows) for axis in (0, 1))
    bottom, right = (max(w[axis].stop for w in windows) for axis in (0, 1))
    mask = np.zeros((bottom - top, right - left), bool)
    for patch, (rows, columns) in zip(patches, windows, strict=True):
        mask[rows.start - top : rows.stop - top, columns.start - left : columns.stop - left] |= patch.mask
    return Patch(top, left, mask)
