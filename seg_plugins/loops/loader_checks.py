"""Checks of the loader of a loop, before the first step."""

import copy
from itertools import islice
from typing import NoReturn

from mmengine.dataset import DefaultSampler, InfiniteSampler
from mmengine.dist import all_gather_object, get_world_size
from torch.utils.data import (
    BatchSampler,
    DataLoader,
    DistributedSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)

__all__ = ["check_ends", "check_has_batches", "check_train_loader", "is_endless", "last_batch_size"]

FINITE = (
    DefaultSampler,
    DistributedSampler,
    RandomSampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)


def is_endless(sampler: Sampler) -> bool:
    """Return whether a sampler, or the one in a batch sampler, never ends or exceeds its length.

    For a sampler of an unknown class, a copy is asked for one index more than its length.
    """
    inner = getattr(sampler, "sampler", None)
    if isinstance(sampler, InfiniteSampler) or (inner is not None and is_endless(inner)):
        return True
    if isinstance(sampler, FINITE) or type(sampler) is BatchSampler:
        return False
    try:
        length = len(sampler)
    except TypeError:
        return True
    return sum(1 for _ in islice(copy.copy(sampler), length + 1)) > length


def _order(loader: DataLoader) -> Sampler:
    return loader.sampler if loader.batch_sampler is None else loader.batch_sampler


def last_batch_size(loader: DataLoader) -> int | None:
    """Return the number of images in the last batch of a pass on this rank; None if a pass never ends."""
    batches = loader.batch_sampler
    if type(batches) is not BatchSampler or is_endless(batches.sampler):
        return None
    rest = len(batches.sampler) % batches.batch_size
    return rest if rest and not batches.drop_last else batches.batch_size


def check_ends(loader: DataLoader, name: str, remedy: str = "DefaultSampler") -> None:
    """Raise ValueError if a pass over the loader never ends.

    Args:
        loader: The loader.
        name: Its key in the config.
        remedy: Class to use instead, for the message.
    """
    if is_endless(_order(loader)):
        raise ValueError(
            f"{name}.sampler: {type(loader.sampler).__name__} never ends, so one pass would never "
            f"finish: use {remedy}"
        )


def _batches_everywhere(loader: DataLoader) -> list[int]:
    """Return the number of batches on every rank; 1 for a stream, and for an endless loader with images."""
    if not is_endless(_order(loader)):
        batches = len(loader)
    else:
        batches = min(1, len(loader.dataset)) if hasattr(loader.dataset, "__len__") else 1
    return all_gather_object(batches) if get_world_size() > 1 else [batches]


def _refuse_empty(loader: DataLoader, name: str) -> NoReturn:
    drops = " and drop_last=True" if loader.drop_last else ""
    ranks = f", {get_world_size()} processes" if get_world_size() > 1 else ""
    raise ValueError(
        f"{name} has no batch: {len(loader.dataset)} images, batch_size={loader.batch_size}{drops}{ranks}. "
        "Lower batch_size, set drop_last=False, or add images"
    )


def check_has_batches(loader: DataLoader, name: str) -> None:
    """Check that at least one rank has a batch; every rank has to call this.

    Args:
        loader: The loader.
        name: Its key in the config.

    Raises:
        ValueError: No rank has a batch.
    """
    if max(_batches_everywhere(loader)) == 0:
        _refuse_empty(loader, name)


def check_train_loader(loader: DataLoader) -> None:
    """Check that there is a batch on every rank, and the same number on each; every rank has to call this.

    Raises:
        ValueError: A rank has no batch, or ranks have different numbers of batches.
    """
    everywhere = _batches_everywhere(loader)
    if min(everywhere) == 0:
        _refuse_empty(loader, "train_dataloader")
    if len(set(everywhere)) > 1:
        raise ValueError(
            f"train_dataloader has {' and '.join(map(str, everywhere))} batches on ranks 0 to "
            f"{len(everywhere) - 1}, which would wait for each other forever: set sampler.round_up=True"
        )
