"""Deformable attention over maps of several sizes, in plain PyTorch."""

from collections.abc import Sequence

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

__all__ = ["deformable_attention", "pixel_centres"]


def pixel_centres(height: int, width: int, device: torch.device | str = "cpu") -> Tensor:
    """Return the centres (H * W, 2) of the pixels of a map, (x, y) in 0..1, row by row.

    >>> pixel_centres(1, 2).tolist()
    [[0.25, 0.5], [0.75, 0.5]]
    """
    y = (torch.arange(height, device=device, dtype=torch.float32) + 0.5) / height
    x = (torch.arange(width, device=device, dtype=torch.float32) + 0.5) / width
    return torch.stack([x.expand(height, -1), y[:, None].expand(-1, width)], 2).flatten(0, 1)


def deformable_attention(
    maps: Sequence[Tensor], references: Tensor, offsets: Tensor, weights: Tensor
) -> Tensor:
    """Sum the values of maps at points around a reference (Zhu et al., Deformable DETR, ICLR 2021, eq. 3).

    Values are interpolated bilinearly, and are zero outside a map. All is computed in float32: positions in
    half precision would miss pixels.

    Args:
        maps: V maps (N, C, h, w) of values; C is M heads one after the other.
        references: (L, 2), (x, y) in 0..1 over a whole map.
        offsets: (N, L, M, V, P, 2), (x, y) in pixels of the map.
        weights: (N, L, M, V, P), whose sum over V and P is 1.

    Returns:
        (N, L, C) float32.
    """
    count, length, heads, _, points, _ = offsets.shape
    with torch.autocast(offsets.device.type, enabled=False):
        offsets, weights = offsets.float().transpose(1, 2), weights.float().transpose(1, 2)
        total = 0.0
        for level, values in enumerate(maps):
            height, width = values.shape[2:]
            x = references[:, 0, None] + offsets[..., level, :, 0] / width  # (N, M, L, P)
            y = references[:, 1, None] + offsets[..., level, :, 1] / height
            grid = torch.stack([2 * x - 1, 2 * y - 1], -1).flatten(0, 1)
            heads_first = values.float().reshape(count * heads, -1, height, width)
            sampled = grid_sample(heads_first, grid, padding_mode="zeros", align_corners=False)
            share = weights[..., level, :].reshape(count * heads, 1, length, points)
            total = total + (sampled * share).sum(-1)  # (N * M, C / M, L)
    return total.reshape(count, -1, length).transpose(1, 2)
