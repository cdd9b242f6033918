"""Optimiser wrappers."""

from .autocast_optim_wrapper import AutocastOptimWrapper
from .no_optim_wrapper_constructor import NoOptimWrapperConstructor

__all__ = ["AutocastOptimWrapper", "NoOptimWrapperConstructor"]
