"""RoIAlign in plain PyTorch (He et al., Mask R-CNN, ICCV 2017, section 3)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from scipy.sparse import csc_array
from torch import Tensor

from .constants import device_constant

__all__ = ["pyramid_level", "pyramid_roi_align", "roi_align"]


class _WeightedRows(torch.autograd.Function):
    """`embedding_bag` with weights and a backward pass that does not sort the indices.

    On a CPU the backward pass is SciPy's sparse product, which takes an eighth of PyTorch's time.
    """

    @staticmethod
    def forward(ctx: Any, table: Tensor, rows: Tensor, weights: Tensor) -> Tensor:
        ctx.save_for_backward(rows, weights)
        ctx.size = table.shape
        return F.embedding_bag(rows, table, mode="sum", per_sample_weights=weights)

    @staticmethod
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None, None]:
        rows, weights = ctx.saved_tensors
        if gradient.device.type == "cpu":
            ends = np.arange(0, rows.numel() + 1, rows.shape[1])
            taps = (weights.flatten().numpy(), rows.flatten().numpy(), ends)
            matrix = csc_array(taps, shape=(ctx.size[0], len(rows)))
            return torch.from_numpy(matrix @ gradient.numpy()), None, None
        total = gradient.new_zeros(ctx.size)
        for row, weight in zip(rows.unbind(1), weights.unbind(1), strict=True):
            total.index_add_(0, row, gradient * weight[:, None])
        return total, None, None


def _taps(low: Tensor, high: Tensor, cells: Tensor, bins: int, samples: int) -> tuple[Tensor, Tensor]:
    """Return the cells that each bin reads along one axis and their weights, both (R, bins, 2 * samples).

    A sample more than one cell outside the map has weight 0; a nearer one takes the value at the border.
    """
    count = bins * samples
    steps = (torch.arange(count, device=low.device, dtype=low.dtype) + 0.5) / count
    points = low[:, None] + steps * (high - low)[:, None]
    last = (cells - 1)[:, None]
    inside = (points > -1) & (points < cells[:, None])
    points = torch.minimum(points.clamp(min=0), last)
    first = points.floor()
    weight = torch.stack([1 - points + first, points - first], -1) * (inside / samples)[..., None]
    cell = torch.stack([first, torch.minimum(first + 1, last)], -1).long()
    return cell.view(-1, bins, 2 * samples), weight.view(-1, bins, 2 * samples)


def _pool(
    levels: Sequence[Tensor],
    scales: Sequence[float],
    rois: Tensor,
    level: Tensor,
    bins: int,
    samples: int,
) -> Tensor:
    """Pool regions of all images and levels at once: every bin is a weighted sum of cells."""
    levels = [f.float() if f.dtype in (torch.float16, torch.bfloat16) else f for f in levels]
    table = torch.cat([f.permute(0, 2, 3, 1).flatten(0, 2) for f in levels])
    sizes = [f.shape[0] * f.shape[2] * f.shape[3] for f in levels]
    starts = [sum(sizes[:i]) for i in range(len(sizes))]
    places = tuple((s, *f.shape[2:]) for s, f in zip(starts, levels, strict=True))
    start, height, width = device_constant(places, torch.int64, rois.device)[level].unbind(1)
    scale = device_constant(tuple(scales), table.dtype, table.device)[level]
    corners = rois[:, 1:].to(table.dtype) * scale[:, None] - 0.5
    x1, y1, x2, y2 = corners.unbind(1)
    column, in_x = _taps(x1, x2, width.to(table.dtype), bins, samples)
    row, in_y = _taps(y1, y2, height.to(table.dtype), bins, samples)
    row = (start + rois[:, 0].long() * height * width)[:, None, None] + row * width[:, None, None]
    rows = row[:, :, None, :, None] + column[:, None, :, None, :]
    weights = in_y[:, :, None, :, None] * in_x[:, None, :, None, :]
    pooled = _WeightedRows.apply(table, rows.flatten(0, 2).flatten(1), weights.flatten(0, 2).flatten(1))
    return pooled.view(len(rois), bins, bins, table.shape[1]).permute(0, 3, 1, 2)


def roi_align(
    features: Tensor, rois: Tensor, output_size: int, spatial_scale: float, sampling_ratio: int = 2
) -> Tensor:
    """Average bilinear samples in every bin of every region, without rounding coordinates.

    A sample more than one cell outside the map counts as 0; a nearer one takes the value at the border.

    Args:
        features: (N, C, H, W) floating point.
        rois: (R, 5): image index in the batch, then x1, y1, x2, y2 in pixels of the image; no gradient.
        output_size: Bins along each side.
        spatial_scale: Cells of the map per pixel of the image, for example 1/16.
        sampling_ratio: Samples along each side of a bin.

    Returns:
        (R, C, output_size, output_size) float32 (float64 for float64 features).
    """
    level = torch.zeros(len(rois), dtype=torch.long, device=rois.device)
    return _pool([features], [spatial_scale], rois, level, output_size, sampling_ratio)


def pyramid_level(
    boxes: Tensor, levels: int, canonical_size: float = 224.0, canonical_level: int = 2
) -> Tensor:
    """Return the pyramid level of each box, 0 the finest (Lin et al., FPN, CVPR 2017, eq. 1).

    Args:
        boxes: (R, 4) in pixels.
        levels: Number of levels.
        canonical_size: Side in pixels of a box that belongs to `canonical_level`.
        canonical_level: By default 2, the stride-16 map of a pyramid that begins at stride 4.

    Returns:
        (R,) int64 in 0..levels-1.
    """
    side = ((boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])).clamp(min=0).sqrt()
    level = torch.floor(canonical_level + torch.log2(side / canonical_size + 1e-8))
    return level.clamp(0, levels - 1).long()


def pyramid_roi_align(
    features: list[Tensor], strides: tuple[int, ...], rois: Tensor, output_size: int, canonical_size: float
) -> Tensor:
    """Apply `roi_align` to every region on its own pyramid level.

    Args:
        features: One map (N, C, H_l, W_l) per level, finest first.
        strides: Pixels per cell of each level.
        rois: (R, 5): image index, then x1, y1, x2, y2 in pixels.
        output_size: Bins along each side.
        canonical_size: See `pyramid_level`.

    Returns:
        (R, C, output_size, output_size).
    """
    level = pyramid_level(rois[:, 1:], len(strides), canonical_size)
    return _pool(features, [1 / stride for stride in strides], rois, level, output_size, samples=2)
