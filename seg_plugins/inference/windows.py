"""Sliding windows blended in a buffer that is as high as one window, whatever the image's size."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace

import torch
from torch import Tensor

__all__ = ["Band", "Windows", "blend_windows", "gaussian_weight", "window_starts"]

BUFFER_VALUES = 64_000_000  # most float32 values in the buffer of one strip: 256 MB


def window_starts(length: int, window: int, stride: int) -> list[int]:
    """Return the first positions of windows that cover `length`; the last one ends with the image.

    >>> window_starts(10, 4, 3), window_starts(11, 4, 3), window_starts(3, 4, 3)
    ([0, 3, 6], [0, 3, 6, 7], [0])
    """
    count = max(length - window + stride - 1, 0) // stride + 1
    return [max(min(i * stride, length - window), 0) for i in range(count)]


def gaussian_weight(height: int, width: int, device: torch.device | str = "cpu") -> Tensor:
    """Return the weights of a window, high in its centre: a Gaussian of sigma = size / 8, at least 0.001.

    Source: Isensee et al., nnU-Net, Nature Methods 18, 2021, supplementary note 2.

    Returns:
        (height, width) float32 with maximum 1.
    """

    def profile(size: int) -> Tensor:
        offset = torch.arange(size, dtype=torch.float32, device=device) - (size - 1) / 2
        return torch.exp(-0.5 * (offset / (size / 8)) ** 2)

    weight = profile(height)[:, None] * profile(width)[None, :]
    return (weight / weight.max()).clamp_min(1e-3)


@dataclass(frozen=True)
class Windows:
    """Sliding windows: size and stride as (H, W), Gaussian blending or plain mean, windows per batch.

    Raises:
        ValueError: A number is below 1, or a stride would skip pixels.
    """

    window: tuple[int, int]
    stride: tuple[int, int]
    gaussian: bool = True
    batch: int = 1

    def __post_init__(self) -> None:
        if min(*self.window, *self.stride, self.batch) < 1:
            raise ValueError(
                f"window {self.window}, stride {self.stride} and batch {self.batch} must be at least 1"
            )
        if any(s > w for s, w in zip(self.stride, self.window, strict=True)):
            raise ValueError(
                f"stride {self.stride} is larger than the window {self.window}: pixels would be skipped"
            )


@dataclass
class Band:
    """Finished scores (C, n, w) of the rows from `top` and the columns from `left`."""

    scores: Tensor
    top: int
    left: int


class Accumulator:
    """Weighted sums of windows over one strip of columns; rows that no further window reaches are removed."""

    def __init__(
        self,
        channels: int,
        height: int,
        left: int,
        right: int,
        device: torch.device | str,
        exchanged: bool,
    ) -> None:
        size = (right - left, height) if exchanged else (height, right - left)
        self.sums = torch.zeros(channels, *size, device=device)
        self.weights = torch.zeros(size, device=device)
        if exchanged:  # the image's rows stay contiguous in memory, as they are in a window's scores
            self.sums, self.weights = self.sums.transpose(1, 2), self.weights.T
        self.left, self.right, self.top = left, right, 0

    def ready(self, until: int) -> Band | None:
        """Return the rows above `until`, divided by their weights: a view, valid until they are dropped."""
        rows = until - self.top
        if rows <= 0:
            return None
        return Band(self.sums[:, :rows].div_(self.weights[:rows]), self.top, self.left)

    def drop(self, until: int) -> None:
        """Drop the rows above `until`; the buffer then begins there."""
        rows, height = until - self.top, self.sums.shape[1]
        kept = max(height - rows, 0)
        for buffer in (self.sums, self.weights):
            for start in range(0, kept, max(rows, 1)):  # in blocks that do not overlap their target
                stop = min(start + rows, kept)
                buffer[..., start:stop, :] = buffer[..., start + rows : stop + rows, :]
            buffer[..., kept:, :] = 0
        self.top = until

    def add(self, scores: Tensor, y: int, x: int, weight: Tensor | None) -> None:
        """Add a window's scores (C, h, w) at row y, column x of the image; columns outside are skipped."""
        first, last = max(x, self.left), min(x + scores.shape[2], self.right)
        scores = scores[..., first - x : last - x]
        rows = slice(y - self.top, y - self.top + scores.shape[1])
        columns = slice(first - self.left, last - self.left)
        if weight is None:
            self.sums[:, rows, columns] += scores
            self.weights[rows, columns] += 1
        else:
            weight = weight[:, first - x : last - x]
            self.sums[:, rows, columns].addcmul_(scores, weight)
            self.weights[rows, columns] += weight


def strips(width: int, channels: int, window: tuple[int, int]) -> Iterator[tuple[int, int]]:
    """Divide the columns so that a buffer stays below `BUFFER_VALUES`; a strip has at least four windows."""
    step = max(BUFFER_VALUES // (channels * window[0]), 4 * window[1])
    for left in range(0, width, step):
        yield left, min(left + step, width)


def blend_windows(
    read: Callable[[int, int, int, int], Tensor],
    forward: Callable[[Tensor], Tensor],
    size: tuple[int, int],
    channels: int,
    windows: Windows,
    device: torch.device | str = "cpu",
    columns_first: bool = False,
) -> Iterator[Band]:
    """Slide over an image of any size and yield finished scores.

    Every pixel receives the (weighted) mean of the scores of all windows that cover it, added in row-major
    order of the windows. With `gaussian=False` the result equals upstream's `slide_inference` exactly. At
    most one window's height of scores is in memory. Images too wide for `BUFFER_VALUES` are processed in
    strips of columns. Windows across a seam are then computed for both sides, so that the result does not
    change. With `columns_first`, rows and columns are exchanged, which needs less memory for a wide image.

    Args:
        read: Function that returns the pixels (C_in, h, w) of (top, left, height, width).
        forward: Function that maps a batch (N, C_in, h, w) to scores (N, C, h, w).
        size: (H, W) of the image.
        channels: Number of channels C.
        windows: The sliding windows.
        device: Device of the scores.
        columns_first: Slide down each column of windows, then continue with the next.

    Yields:
        Bands that together cover the image once. Each is a view of the buffer, to be consumed before the
        next.
    """
    if not columns_first:
        yield from slide(read, forward, size, channels, windows, device)
        return
    turned = replace(windows, window=windows.window[::-1], stride=windows.stride[::-1])
    for band in slide(
        lambda x, y, w, h: read(y, x, h, w),
        lambda pixels: forward(pixels).transpose(2, 3),
        size[::-1], channels, turned, device, exchanged=True,
    ):  # fmt: skip
        yield Band(band.scores.transpose(1, 2), band.left, band.top)


def slide(
    read: Callable[[int, int, int, int], Tensor],
    forward: Callable[[Tensor], Tensor],
    size: tuple[int, int],
    channels: int,
    windows: Windows,
    device: torch.device | str,
    exchanged: bool = False,
) -> Iterator[Band]:
    """Blend windows row by row; with `exchanged`, all rows are columns of the image."""
    h, w = min(windows.window[0], size[0]), min(windows.window[1], size[1])
    ys, xs = (window_starts(n, c, s) for n, c, s in zip(size, (h, w), windows.stride, strict=True))
    weight = gaussian_weight(h, w, device) if windows.gaussian else None
    for left, right in strips(size[1], channels, (h, w)):
        accumulator = Accumulator(channels, h, left, right, device, exchanged)
        reached = [x for x in xs if x < right and x + w > left]
        for y in ys:
            if band := accumulator.ready(y):
                yield band
                accumulator.drop(y)
            for start in range(0, len(reached), windows.batch):
                group = reached[start : start + windows.batch]
                scores = forward(torch.stack([read(y, x, h, w) for x in group]))
                for x, score in zip(group, scores, strict=True):
                    accumulator.add(score, y, x, weight)
                del scores, score  # frees memory before the next windows are computed
        yield accumulator.ready(size[0])
