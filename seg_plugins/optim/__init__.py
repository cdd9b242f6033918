"""Optimiser wrappers."""

from seg_plugins.optim.autocast_optim_wrapper import AutocastOptimWrapper
from seg_plugins.optim.no_optim_wrapper_constructor import NoOptimWrapperConstructor

__all__ = ["AutocastOptimWrapper", "NoOptimWrapperConstructor"]
