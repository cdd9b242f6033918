"""Constants on the device that needs them, copied once for a process."""

from functools import lru_cache

import torch
from torch import Tensor

__all__ = ["device_constant"]


@lru_cache(maxsize=256)
def device_constant(values: tuple, dtype: torch.dtype, device: torch.device) -> Tensor:
    """Return a tensor of `values`, which is not to be changed.

    `torch.tensor(values, device="cuda")` lets the CPU wait for everything that the GPU still has to do. This
    function does so at its first call only.

    >>> device_constant((1.0, 2.0), torch.float32, torch.device("cpu"))
    tensor([1., 2.])
    """
    with torch.inference_mode(False):
        return torch.tensor(values, dtype=dtype, device=device)
