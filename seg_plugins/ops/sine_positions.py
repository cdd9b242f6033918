"""Sine position embeddings of maps."""

import math

import torch
from torch import Tensor

__all__ = ["sine_positions"]

TEMPERATURE = 10000.0


def sine_positions(height: int, width: int, channels: int, device: torch.device | str = "cpu") -> Tensor:
    """Return the sine embedding of every pixel of a map (Carion et al., DETR, ECCV 2020, appendix A.4).

    Rows and columns are scaled to 0..2 pi, so maps of one image at several strides have matching embeddings.

    Args:
        height: H of the map.
        width: W of the map.
        channels: C, a multiple of 4: the first half is of the row, the second of the column.
        device: Of the result.

    Returns:
        (H * W, C) float32 in -1..1, row by row.

    >>> sine_positions(1, 2, 4).round(decimals=1).tolist()
    [[-0.0, 1.0, 0.0, -1.0], [-0.0, 1.0, -0.0, 1.0]]
    """
    half = channels // 2
    steps = torch.arange(half, device=device) // 2
    frequencies = TEMPERATURE ** (-2 * steps / half)
    sides = []
    for length in (height, width):
        angles = torch.arange(1, length + 1, device=device)[:, None] * (2 * math.pi / (length + 1e-6))
        angles = angles * frequencies
        sides.append(torch.stack([angles[:, 0::2].sin(), angles[:, 1::2].cos()], 2).flatten(1))
    rows = sides[0][:, None].expand(-1, width, -1)
    columns = sides[1][None].expand(height, -1, -1)
    return torch.cat([rows, columns], 2).flatten(0, 1)
