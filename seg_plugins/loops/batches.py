"""An endless supply of batches that can start at any position, and functions of the exact loops."""

import logging
import random
from typing import Any

import numpy as np
import torch
from mmengine.dist import get_rank
from mmengine.logging import print_log
from mmengine.runner import Runner
from torch.utils.data import DataLoader, IterableDataset

from seg_plugins.ops.sample_key import derive_seed

__all__ = ["Batches", "end_if_asked", "seed_step", "skip_within_epoch"]


def seed_step(seed: int, iteration: int) -> None:
    """Seed all generators of this process (dropout, drop path, mixing) from (seed, iteration, rank).

    Random draws then do not depend on what ran before, so no generator state has to be saved and restored.
    """
    word = derive_seed(seed, iteration, get_rank())
    random.seed(word)
    np.random.seed([word & 0xFFFFFFFF, word >> 32])
    torch.manual_seed(word)


def end_if_asked(runner: Runner) -> None:
    """End the run between two steps if a signal asked for it; upstream's runner cannot, and continues."""
    if hasattr(runner, "finish_step"):
        runner.finish_step()


def skip_within_epoch(loader: DataLoader, epoch: int, batches: int) -> bool:
    """Make the next iteration over ``loader`` that of ``epoch``, starting at batch number ``batches``.

    Returns:
        Whether the loader's sampler supports this.
    """
    sampler = loader.sampler
    if hasattr(sampler, "set_epoch"):
        sampler.set_epoch(epoch)
    if batches == 0:
        return True
    if loader.batch_size is None or not hasattr(sampler, "skip"):
        return False
    sampler.skip(batches * loader.batch_size)
    return True


class Batches:
    """Endless batches of a loader; its workers start with the first batch, at the position set by then.

    Args:
        loader: A loader with an endless sampler, or a finite one that is restarted as often as needed.
    """

    def __init__(self, loader: DataLoader) -> None:
        self.loader = loader
        self.iterator: Any = None
        self.epoch = 0

    def seek(self, batches: int) -> None:
        """Move to the position after ``batches`` batches.

        If the sampler cannot be positioned, data are loaded and discarded, and a warning says so.
        """
        stream = isinstance(self.loader.dataset, IterableDataset)  # its end is unknown in advance
        endless = stream or hasattr(self.loader.sampler, "pass_order")
        self.epoch, within = (0, batches) if endless else divmod(batches, len(self.loader))
        if not skip_within_epoch(self.loader, self.epoch, within):
            name = type(self.loader.dataset if stream else self.loader.sampler).__name__
            print_log(
                f"{name} cannot be positioned: loading {within} batches again. ExactInfiniteSampler can",
                logger="current",
                level=logging.WARNING,
            )
            for _ in range(within):
                next(self)

    def __next__(self) -> Any:
        if self.iterator is None:
            self.iterator = iter(self.loader)
        try:
            return next(self.iterator)
        except StopIteration:
            self.epoch += 1
            skip_within_epoch(self.loader, self.epoch, 0)
            self.iterator = iter(self.loader)
            return next(self.iterator)
