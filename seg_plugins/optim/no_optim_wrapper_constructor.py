"""An optimiser for models without parameters."""

from typing import Any

import torch
from mmengine.optim import OptimWrapper
from mmengine.registry import OPTIM_WRAPPER_CONSTRUCTORS
from torch import nn

__all__ = ["NoOptimWrapperConstructor"]


@OPTIM_WRAPPER_CONSTRUCTORS.register_module()
class NoOptimWrapperConstructor:
    """Give the Runner, which requires an optimiser, one over a number that nothing reads.

    For `FitLoop` with models that have no parameters: `optim_wrapper = dict(
    constructor="NoOptimWrapperConstructor", optimizer=dict(type="SGD", lr=0.0))`.

    Args:
        optim_wrapper_cfg: Not used.
        paramwise_cfg: Not used.
    """

    def __init__(self, optim_wrapper_cfg: Any, paramwise_cfg: Any = None) -> None:
        self.optim_wrapper_cfg = optim_wrapper_cfg

    def __call__(self, model: nn.Module) -> OptimWrapper:
        """Build the wrapper; the model is not touched."""
        return OptimWrapper(torch.optim.SGD([nn.Parameter(torch.zeros(()))], lr=0.0))
