"""Tracing that keeps sizes in the graph where upstream's code turns them into numbers."""

import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

import torch
from mmseg.models.utils import wrappers
from torch.fx.experimental import _config

__all__ = ["sizes_in_graph"]


def integer(value: Any) -> Any:
    """Return `int(value)`; of a size in a graph, the same in the graph."""
    return torch.sym_int(value) if isinstance(value, torch.SymInt | torch.SymFloat) else int(value)


@contextmanager
def sizes_in_graph() -> Iterator[None]:
    """Trace without conditions on sizes, quietly.

    Upstream's `resize` and `Upsample` call `int` on sizes. `torch.export` then keeps the size of the example:
    HRNet, which resizes twice, is silently wrong at other sizes.
    """
    loggers = [logging.getLogger(name) for name in ("torch.onnx", "torch.export", "onnxscript", "onnx_ir")]
    levels = [logger.level for logger in loggers]
    with (
        patch.object(wrappers, "int", integer, create=True),
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
