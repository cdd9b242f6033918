"""An endless supply of batches that can be set to a position, and what the exact loops share."""

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

    With randomness that does not depend on what ran before, there is no generator state to save and restore.
    """
    word = derive_seed(seed, iteration, get_rank())
    random.seed(word)
    np.random.seed([word & 0xFFFFFFFF, word >> 32])
    torch.manual_seed(word)


def end_if_asked(runner: Runner) -> None:
    """End the run between two steps if a signal asked for it; upstream's runner cannot, and goes on."""
    if hasattr(runner, "finish_step"):
        runner.finish_step()


def skip_within_epoch(loader: DataLoader, epoch: int, batches: int) -> bool:
    """Let the next iteration over ``loader`` be that of ``epoch``, from batch number ``batches`` on.

    Returns:
        Whether the loader's sampler can do that.
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
        loader: With an endless sampler, or a finite one that is started again as often as needed.
    """

    def __init__(self, loader: DataLoader) -> None:
        self.loader = loader
        self.iterator: Any = None
        self.epoch = 0

    def seek(self, batches: int) -> None:
        """Go to where ``batches`` batches have been taken.

        With a sampler that cannot be positioned the data is loaded and thrown away, and a warning says so.
        """
        stream = isinstance(self.loader.dataset, IterableDataset)  # its end is seen when it comes
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
