"""Running a part of a training before it starts, without changing the run."""

import copy
import logging
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from itertools import islice
from typing import Any

import torch
from mmengine.dist import get_world_size
from mmengine.runner import Runner
from torch import Tensor, nn
from torch.nn.modules.batchnorm import SyncBatchNorm, _BatchNorm
from torch.utils.data import DataLoader, IterableDataset

from seg_plugins.ops.batches import batch_size
from seg_plugins.ops.random_state import unchanged_random
from seg_plugins.ops.replacing import replaced

__all__ = [
    "first_batch",
    "rehearse_loop",
    "rehearse_loss",
    "single_image",
    "single_value_norms",
    "unchanged_modes",
]


@contextmanager
def unchanged_modes(model: nn.Module) -> Iterator[None]:
    """Run the block in evaluation mode; afterwards restore the mode of each module."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, training in modes:
            module.training = training


@contextmanager
def unchanged_buffers(model: nn.Module) -> Iterator[None]:
    """Restore the buffers of a model after the block."""
    kept = [(buffer, buffer.clone()) for buffer in model.buffers()]
    try:
        yield
    finally:
        with torch.no_grad():
            for buffer, value in kept:
                buffer.copy_(value)


@contextmanager
def quiet(logger: logging.Logger) -> Iterator[None]:
    """Log errors only: the table of one batch could be mistaken for a result."""
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        logger.setLevel(level)


@contextmanager
def only_hooks_for_rehearsals(runner: Runner) -> Iterator[None]:
    """Disable hooks in the block, except those that declare that they watch rehearsals (`in_rehearsals`)."""
    hooks = list(runner.hooks)
    runner.hooks[:] = [hook for hook in hooks if getattr(hook, "in_rehearsals", False)]
    try:
        yield
    finally:
        runner.hooks[:] = hooks


def first_batch(loader: DataLoader) -> Any:
    """Return the first batch of a loader, read in this process so that no worker starts early.

    Returns:
        The batch, or None if the loader has none on this rank.
    """
    dataset = loader.dataset
    if isinstance(dataset, IterableDataset):
        samples = list(islice(dataset, loader.batch_size or 1))
        return loader.collate_fn(samples) if samples else None
    if loader.batch_sampler is None:
        indices = next(iter(loader.sampler), None)
        return None if indices is None else loader.collate_fn(dataset[indices])
    indices = next(iter(loader.batch_sampler), None)
    return None if indices is None else loader.collate_fn([dataset[index] for index in indices])


def single_image(loader: DataLoader) -> Any:
    """Return a batch of the first image alone, without using the sampler, which may hold a position."""
    return loader.collate_fn([loader.dataset[0]])


class Part:
    """The first part of a loader or data set: its own length and members, else the whole's attributes."""

    def __init__(self, whole: Any, members: list[Any], **own: Any) -> None:
        self.__dict__.update(own, whole=whole, members=members)

    def __len__(self) -> int:
        return len(self.members)

    def __iter__(self) -> Iterator[Any]:
        return iter(self.members)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.__dict__["whole"], name)


def rehearse_loop(runner: Runner, loop: Any) -> Any:
    """Run a validation loop, of any class, over its first batch.

    Nothing is recorded: the evaluator is a copy, random states and module modes are restored, and hooks are
    not called. On a rank without images, the loop runs over no batch.

    Args:
        runner: The run.
        loop: Has `run` and `dataloader`.

    Returns:
        The result of `run`.
    """
    with unchanged_random(), torch.no_grad(), ExitStack() as stack:
        batch = first_batch(loop.dataloader)
        batches = [] if batch is None else [batch]
        images = sum(map(batch_size, batches)) * get_world_size()
        dataset = Part(loop.dataloader.dataset, list(range(images)))
        loader = Part(loop.dataloader, batches, dataset=dataset)
        evaluator = copy.deepcopy(getattr(loop, "evaluator", None))
        stack.enter_context(replaced(loop, dataloader=loader, evaluator=evaluator))
        for block in (quiet(runner.logger), only_hooks_for_rehearsals(runner), unchanged_modes(runner.model)):
            stack.enter_context(block)
        return loop.run()


def rehearse_loss(model: nn.Module, batch: Any) -> list[str]:
    """Compute the loss of a batch as in training, and inspect the inputs of its batch normalisation.

    The normalisation itself runs in evaluation mode, so its statistics and the other ranks are not affected.

    Args:
        model: In training mode, not wrapped.
        batch: As the loader gives it.

    Returns:
        `single_value_norms` of the batch.
    """
    with unchanged_random(), unchanged_buffers(model), torch.no_grad(), single_value_norms(model) as found:
        data = model.data_preprocessor(batch, True)
        model(**data, mode="loss")
    return found


@contextmanager
def single_value_norms(model: nn.Module) -> Iterator[list[str]]:
    """Collect the names of batch normalisations that get one value per channel, which has no variance.

    Synchronised layers count the values of all ranks.
    """
    found: list[str] = []
    norms = [(n, m) for n, m in model.named_modules() if isinstance(m, _BatchNorm) and m.training]

    def watch(name: str, norm: nn.Module) -> Any:
        ranks = get_world_size() if isinstance(norm, SyncBatchNorm) else 1

        def look(module: nn.Module, args: tuple[Tensor, ...]) -> None:
            values = args[0].numel() // args[0].shape[1] if args else 2
            if values * ranks == 1:
                found.append(name)

        return norm.register_forward_pre_hook(look)

    handles = [watch(name, norm) for name, norm in norms]
    for _, norm in norms:
        norm.training = False
    try:
        yield found
    finally:
        for _, norm in norms:
            norm.training = True
        for handle in handles:
            handle.remove()
