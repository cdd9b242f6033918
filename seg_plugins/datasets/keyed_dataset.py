"""Randomness that belongs to the sample, not to the worker that happens to load it."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from mmseg.registry import DATASETS
from torch.utils.data import Dataset, get_worker_info

from seg_plugins.ops.sample_key import SampleKey

__all__ = ["KeyedDataset", "drawn_from", "sample_of_key", "takes_keys"]

NESTED = ("dataset", "datasets", "pipeline", "transforms", "aug")


@contextmanager
def drawn_from(seed: int) -> Iterator[None]:
    """Let ``random``, numpy and torch (CPU) draw from ``seed``; the main process then goes on as before.

    Args:
        seed: In [0, 2**63).
    """
    in_worker = get_worker_info() is not None
    before = None if in_worker else (random.getstate(), np.random.get_state(), torch.get_rng_state())
    random.seed(seed)
    np.random.seed([seed & 0xFFFFFFFF, seed >> 32])
    torch.default_generator.manual_seed(seed)
    try:
        yield
    finally:
        if before is not None:
            random.setstate(before[0])
            np.random.set_state(before[1])
            torch.set_rng_state(before[2])


def _own_generators(part: Any) -> list[Any]:
    """Everything within a dataset that keeps a generator of its own, as albumentations' pipelines do."""
    if isinstance(part, list | tuple):
        return [found for member in part for found in _own_generators(member)]
    if hasattr(type(part), "set_random_seed"):
        return [part]
    members = getattr(part, "__dict__", {})
    return [found for name in NESTED if name in members for found in _own_generators(members[name])]


def sample_of_key(dataset: Any, index: int, get: Callable[[int], Any]) -> Any:
    """The sample at `index`, with all that is random about it drawn from its key.

    Random transforms, the choice of another sample after a broken one, and the partners of mixed samples
    all draw from the global generators within one ``__getitem__``: they are seeded here before each, so
    that a sample does not depend on the number of workers, on what a worker loaded before, or on where a
    run was resumed.

    Args:
        dataset: Whose transforms may keep generators of their own, which are seeded too.
        index: A key; an index without key is handed on as it is.
        get: Gives the sample at an index.
    """
    if not isinstance(index, SampleKey):
        return get(index)
    for generator in _own_generators(dataset):
        generator.set_random_seed(index.seed & 0xFFFFFFFF)
    with drawn_from(index.seed):
        return get(int(index))


def takes_keys(dataset: Any) -> bool:
    """Whether a data set, or the class that a config of one names, draws each sample from its key."""
    kind = dataset.get("type") if isinstance(dataset, dict) else type(dataset)
    return bool(getattr(DATASETS.get(kind) if isinstance(kind, str) else kind, "takes_keys", False))


@DATASETS.register_module()
class KeyedDataset(Dataset):
    """Any dataset, with the randomness of each sample drawn from its key, see :func:`sample_of_key`.

    The data sets of this project do so by themselves; others are put in here. In all else this is the
    dataset inside.

    Args:
        dataset: A dataset or its config.
    """

    takes_keys = True

    def __init__(self, dataset: Dataset | dict) -> None:
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset

    def __getitem__(self, index: int) -> Any:
        """The sample at ``index``; an index without key is handed on as it is."""
        return sample_of_key(self.dataset, index, self.dataset.__getitem__)

    def __len__(self) -> int:
        return len(self.dataset)

    def __getattr__(self, name: str) -> Any:
        if name == "dataset":
            raise AttributeError(name)
        return getattr(self.dataset, name)
