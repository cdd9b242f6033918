"""The random states of a process, restored after a block."""

import random
from collections.abc import Iterator
from contextlib import contextmanager

import numpy as np
import torch

__all__ = ["unchanged_random"]


@contextmanager
def unchanged_random(cuda: bool = True) -> Iterator[None]:
    """Restore the random states of Python, NumPy and PyTorch after the block.

    Args:
        cuda: Restore those of the GPUs too, which takes longer.
    """
    python, numpy, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()
    gpus = torch.cuda.get_rng_state_all() if cuda and torch.cuda.is_available() else []
    try:
        yield
    finally:
        random.setstate(python)
        np.random.set_state(numpy)
        torch.set_rng_state(cpu)
        if gpus:
            torch.cuda.set_rng_state_all(gpus)
