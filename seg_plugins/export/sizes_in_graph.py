"""Tracing that keeps sizes in the graph where upstream's code turns them into numbers."""

import logging
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import torch
from mmcv.cnn.bricks import transformer
from mmseg.models.utils import wrappers
from mmseg.models.utils.embed import AdaptivePadding
from torch.fx.experimental import _config

__all__ = ["sizes_in_graph"]


def integer(value: Any) -> Any:
    """Return `int(value)`; of a size in a graph, the same in the graph."""
    return torch.sym_int(value) if isinstance(value, torch.SymInt | torch.SymFloat) else int(value)


def missing(module: Any, size: Sequence[int]) -> tuple[int, int]:
    """Return the rows and columns that padding to whole strides adds, by integers.

    Args:
        module: With `kernel_size`, `stride` and `dilation`.
        size: (H, W).
    """
    found = []
    for side, kernel, stride, dilation in zip(
        size, module.kernel_size, module.stride, module.dilation, strict=True
    ):
        reach = (kernel - 1) * dilation + 1
        more = ((side + stride - 1) // stride - 1) * stride + reach - side
        found.append(more if reach >= stride else torch.sym_max(more, 0))
    return tuple(found)


@contextmanager
def sizes_in_graph() -> Iterator[None]:
    """Trace without conditions on sizes, quietly.

    Upstream's paddings divide sizes as floats, which takes PyTorch minutes to compare. Its `resize` and
    `Upsample` call `int` on sizes. `torch.export` then keeps the size of the example:
    HRNet, which resizes twice, is silently wrong at other sizes.
    """
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.export", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    with (
        patch.object(wrappers, "int", integer, create=True),
        patch.object(AdaptivePadding, "get_pad_shape", missing),
        patch.object(transformer.AdaptivePadding, "get_pad_shape", missing),
        patch.object(_config, "backed_size_oblivious", True),
        warnings.catch_warnings(),
    ):
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
