"""Optimiser wrappers."""

from seg_plugins.optim.autocast_optim_wrapper import AutocastOptimWrapper

__all__ = ["AutocastOptimWrapper"]
