"""Padding of images to sizes that a network takes."""

import torch
from torch import Tensor
from torch.compiler import is_exporting
from torch.nn.functional import pad

__all__ = ["pad_by_index", "pad_to_multiple"]


def pad_to_multiple(x: Tensor, divisor: int, mode: str = "constant") -> Tensor:
    """Pad (N, C, H, W), on the right and at the bottom, to multiples of `divisor`.

    Args:
        x: The images.
        divisor: Divisor of both sides of the result.
        mode: "constant" pads with zeros, "replicate" with the last pixel.

    >>> import torch
    >>> pad_to_multiple(torch.ones(1, 3, 10, 16), 8).shape
    torch.Size([1, 3, 16, 16])
    """
    if is_exporting():
        return pad_by_index(x, divisor, mode)
    below, beside = -x.shape[-2] % divisor, -x.shape[-1] % divisor
    return pad(x, (0, beside, 0, below), mode=mode) if below or beside else x


def pad_by_index(x: Tensor, divisor: int, mode: str = "constant") -> Tensor:
    """Compute `pad_to_multiple` without a condition on the size, which no exported graph can hold."""
    height, width = x.shape[-2:]
    rows = torch.arange((height + divisor - 1) // divisor * divisor, device=x.device)
    columns = torch.arange((width + divisor - 1) // divisor * divisor, device=x.device)
    grown = x[..., rows.clamp(max=height - 1), :][..., columns.clamp(max=width - 1)]
    if mode == "replicate":
        return grown
    return grown * ((rows < height)[:, None] & (columns < width)).to(x.dtype)
