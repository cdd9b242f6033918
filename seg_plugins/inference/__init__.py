"""Prediction on images, folders, videos and rasters with a trained model. Registers nothing.

`SegPredictor` and `Prediction` are loaded on first use, and torch with them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .maps import Prediction
    from .predictor import SegPredictor

__all__ = ["Prediction", "SegPredictor"]
HOMES = {"Prediction": "maps", "SegPredictor": "predictor"}


def __getattr__(name: str) -> Any:
    """Load a class of `__all__` from its module."""
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f".{HOMES[name]}", __name__), name)
