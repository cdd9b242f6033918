"""Pooling whose windows depend on the size of the image, as matrix products that keep the size in a graph.

`torch.export` decomposes adaptive pooling into the indices of the size at which it traces: the exported graph
is silently wrong at every other size. Products with matrices that are built from the size are right at all.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F
from torch.overrides import TorchFunctionMode

__all__ = ["MatrixPooling", "adaptive_average"]

POOL_ARGUMENTS = ("input", "kernel_size", "stride", "padding", "dilation", "ceil_mode")


def span_means(size: int, starts: Tensor, ends: Tensor, dtype: torch.dtype) -> Tensor:
    """Return the matrix (len(starts), size) whose product with a column is its mean over each span."""
    place = torch.arange(size)
    inside = (place >= starts[:, None]) & (place < ends[:, None])
    return inside.to(dtype) / (ends - starts)[:, None].to(dtype)


def adaptive_average(x: Tensor, size: Sequence[int | None]) -> Tensor:
    """Compute `adaptive_avg_pool2d(x, size)` of (N, C, H, W) by matrices.

    >>> x = torch.arange(35.0).reshape(1, 1, 5, 7)
    >>> torch.allclose(adaptive_average(x, (2, 3)), F.adaptive_avg_pool2d(x, (2, 3)))
    True
    """
    if tuple(size) == (1, 1):
        return x.mean((2, 3), keepdim=True)
    rows, columns = (
        adaptive_matrix(n, n if k is None else k, x.dtype) for n, k in zip(x.shape[2:], size, strict=True)
    )
    return rows @ x @ columns.T


def adaptive_matrix(size: int, count: int, dtype: torch.dtype) -> Tensor:
    """Return the matrix (count, size) of adaptive average pooling along an axis."""
    number = torch.arange(count)
    return span_means(size, number * size // count, ((number + 1) * size + count - 1) // count, dtype)


def pair(value: Any) -> tuple[Any, Any]:
    """Return a value for both axes as a pair."""
    return tuple(value) if isinstance(value, Sequence) else (value, value)


def ceil_max_pool(x: Tensor, window: Any, stride: Any, padding: Any, dilation: Any) -> Tensor:
    """Compute `max_pool2d(..., ceil_mode=True)` without its condition on the size, by padding first.

    >>> x = torch.randn(1, 1, 8, 9)
    >>> torch.equal(ceil_max_pool(x, 3, 2, 1, 1), F.max_pool2d(x, 3, 2, 1, ceil_mode=True))
    True
    """
    (down, right), (rows, columns) = pair(stride or window), pair(padding)
    padded = F.pad(x, (columns, columns + right - 1, rows, rows + down - 1), value=float("-inf"))
    return F.max_pool2d(padded, window, (down, right), 0, dilation)


class MatrixPooling(TorchFunctionMode):
    """PyTorch's poolings, replaced by forms that keep the size in a graph, in parts of a user too."""

    def __torch_function__(
        self, func: Callable, types: Any, args: tuple = (), kwargs: dict | None = None
    ) -> Any:
        """Call a function of PyTorch, or its replacement."""
        kwargs = kwargs or {}
        if func is F.adaptive_avg_pool2d:
            x, size = [*args, *kwargs.values()][:2]
            return adaptive_average(x, pair(size))
        if func is F.max_pool2d:
            named = dict(zip(POOL_ARGUMENTS, args, strict=False)) | kwargs
            window, stride, padding = named["kernel_size"], named.get("stride"), named.get("padding", 0)
            fits = all(
                k >= s + p
                for k, s, p in zip(pair(window), pair(stride or window), pair(padding), strict=True)
            )  # else the last window may begin outside, and PyTorch drops it
            if named.get("ceil_mode") and (fits or pair(padding) == (0, 0)):
                return ceil_max_pool(named["input"], window, stride, padding, named.get("dilation", 1))
        return func(*args, **kwargs)
