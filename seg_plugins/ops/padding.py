"""Padding of images to sizes that a network takes."""

from torch import Tensor
from torch.nn.functional import pad

__all__ = ["pad_to_multiple"]


def pad_to_multiple(x: Tensor, divisor: int) -> Tensor:
    """Pad (..., H, W) with zeros, on the right and at the bottom, to multiples of `divisor`.

    >>> import torch
    >>> pad_to_multiple(torch.ones(1, 3, 10, 16), 8).shape
    torch.Size([1, 3, 16, 16])
    """
    below, beside = -x.shape[-2] % divisor, -x.shape[-1] % divisor
    return pad(x, (0, beside, 0, below)) if below or beside else x
