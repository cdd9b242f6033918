"""Access to the model inside a wrapper, and to the one that is used after training."""

from mmengine.model import is_model_wrapper
from torch import nn

__all__ = ["deployed", "unwrapped"]


def unwrapped(model: nn.Module) -> nn.Module:
    """Return the model inside a wrapper such as DistributedDataParallel."""
    return model.module if is_model_wrapper(model) else model


def deployed(model: nn.Module) -> nn.Module:
    """Return the segmentor that is used after training: of a regime the one inside, else the model itself."""
    model = unwrapped(model)
    return getattr(model, "deployed", model)
