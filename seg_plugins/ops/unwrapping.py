"""The model inside what distributes it."""

from mmengine.model import is_model_wrapper
from torch import nn


def unwrapped(model: nn.Module) -> nn.Module:
    """The model inside DistributedDataParallel and its like."""
    return model.module if is_model_wrapper(model) else model
