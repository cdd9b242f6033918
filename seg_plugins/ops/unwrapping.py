"""Access to the model inside a wrapper for distributed training."""

from mmengine.model import is_model_wrapper
from torch import nn

__all__ = ["unwrapped"]


def unwrapped(model: nn.Module) -> nn.Module:
    """Return the model inside a wrapper such as DistributedDataParallel."""
    return model.module if is_model_wrapper(model) else model
