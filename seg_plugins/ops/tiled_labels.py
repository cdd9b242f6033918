"""Labels of a whole image from low-resolution logits, without holding the logits at full size."""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor
from torch.nn.functional import interpolate

__all__ = ["Strip", "cropped", "flipped", "resized", "resized_nearest", "strip_of", "tiled_labels"]


class Strip(NamedTuple):
    """Logits of an image, computed a few rows at a time.

    Attributes:
        rows: Maps (first, last + 1) to logits (K, last + 1 - first, width).
        size: (height, width) in pixels.
    """

    rows: Callable[[int, int], Tensor]
    size: tuple[int, int]


def strip_of(logits: Tensor) -> Strip:
    """Wrap existing logits (K, H, W) as a strip."""
    return Strip(lambda first, end: logits[:, first:end], tuple(logits.shape[-2:]))


def resized(source: Strip, size: tuple[int, int], align_corners: bool = False) -> Strip:
    """Resize bilinearly as `torch.nn.functional.interpolate` does: columns first, then rows.

    Args:
        source: Strip to resize.
        size: New (height, width) in pixels.
        align_corners: As in PyTorch.

    Returns:
        The resized strip.
    """
    if source.size == tuple(size):
        return source
    height = source.size[0]
    lower, weight = _row_positions(height, size[0], align_corners)

    def rows(first: int, end: int) -> Tensor:
        low, part = lower[first:end], weight[first:end]
        top = int(low[0])
        bottom = min(int(low[-1]) + 2, height)
        wide = source.rows(top, bottom)
        shape = (wide.shape[1], size[1])
        wide = interpolate(wide[None], size=shape, mode="bilinear", align_corners=align_corners)[0]
        part = part.to(wide, non_blocking=True)[:, None]
        near = (low - top).to(wide.device, non_blocking=True)
        far = (near + 1).clamp(max=height - 1 - top)
        return torch.lerp(wide[:, near], wide[:, far], part)

    return Strip(rows, tuple(size))


def _row_positions(old: int, new: int, align_corners: bool) -> tuple[Tensor, Tensor]:
    """Return the upper row (new,) int64 and the weight of the row below (new,) float32, as PyTorch does."""
    index = torch.arange(new, dtype=torch.float32)
    if align_corners:
        position = index * ((old - 1) / max(new - 1, 1))
    else:
        position = ((index + 0.5) * (old / new) - 0.5).clamp_min(0)
    lower = position.long().clamp(max=old - 1)
    return lower, position - lower


def resized_nearest(source: Strip, size: tuple[int, int]) -> Strip:
    """Resize to (height, width) by the nearest pixel, as `torch.nn.functional.interpolate` does."""
    if source.size == tuple(size):
        return source
    chosen, columns = (
        interpolate(torch.arange(old, dtype=torch.float32)[None, None], size=new, mode="nearest")[0, 0].long()
        for old, new in zip(source.size, size, strict=True)
    )

    def rows(first: int, end: int) -> Tensor:
        own = chosen[first:end]
        part = source.rows(int(own[0]), int(own[-1]) + 1)
        places = (i.to(part.device, non_blocking=True) for i in (own - own[0], columns))
        return part[:, next(places)][..., next(places)]

    return Strip(rows, tuple(size))


def cropped(source: Strip, left: int, right: int, top: int, bottom: int) -> Strip:
    """Crop so many pixels from each side."""
    height, width = source.size
    if not any((left, right, top, bottom)):
        return source
    return Strip(
        lambda first, end: source.rows(first + top, end + top)[..., left : width - right],
        (height - top - bottom, width - left - right),
    )


def flipped(source: Strip, direction: str) -> Strip:
    """Mirror a strip: "horizontal" swaps left and right, "vertical" top and bottom."""
    height = source.size[0]
    if direction == "horizontal":
        return Strip(lambda first, end: source.rows(first, end).flip(-1), source.size)
    return Strip(lambda first, end: source.rows(height - end, height - first).flip(-2), source.size)


def tiled_labels(strip: Strip, tile: int = 16, threshold: float = 0.5) -> tuple[Tensor, Tensor]:
    """Compute labels and their confidence, `tile` rows at a time.

    Args:
        strip: Logits of K classes; K = 1 is a foreground logit.
        tile: Rows held at full size at once.
        threshold: Foreground probability above which a pixel is foreground, for K = 1.

    Returns:
        Labels (1, H, W), int64 (for K = 1 in the logits' dtype, 0 or 1, as upstream's), and the probability
        of the label (1, H, W), float32 in 0..1.
    """
    height = strip.size[0]
    probe = strip.rows(0, 1)
    # Allocate outputs once: small blocks kept between large ones would fragment the heap tile by tile.
    labels = probe.new_empty(1, *strip.size, dtype=torch.int64 if len(probe) > 1 else probe.dtype)
    confidence = probe.new_empty(1, *strip.size, dtype=torch.float32)
    for first in range(0, height, tile):
        end = min(first + tile, height)
        logits = strip.rows(first, end)
        if len(logits) == 1:
            probability = logits.sigmoid()
            label = (probability > threshold).to(logits)
            sure = torch.where(label > 0, probability, 1 - probability)
        else:
            largest, label = logits.max(dim=0, keepdim=True)
            sure = (largest.float() - logits.float().logsumexp(dim=0, keepdim=True)).exp()
        labels[:, first:end] = label
        confidence[:, first:end] = sure
    return labels, confidence
