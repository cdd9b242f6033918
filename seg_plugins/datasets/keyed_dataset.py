"""Random draws that depend on the sample, not on the worker that loads it."""

import random
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

import numpy as np
import torch
from mmseg.registry import DATASETS
from torch.utils.data import Dataset, get_worker_info

from seg_plugins.ops.random_state import unchanged_random
from seg_plugins.ops.sample_key import SampleKey

__all__ = ["KeyedDataset", "drawn_from", "sample_of_key", "takes_keys"]

NESTED = ("dataset", "datasets", "pipeline", "transforms", "aug")


@contextmanager
def drawn_from(seed: int) -> Iterator[None]:
    """Make ``random``, numpy and torch (CPU) draw from ``seed``; restore their state in the main process.

    Args:
        seed: In [0, 2**63).
    """
    in_worker = get_worker_info() is not None
    with nullcontext() if in_worker else unchanged_random(cuda=False):
        random.seed(seed)
        np.random.seed([seed & 0xFFFFFFFF, seed >> 32])
        torch.default_generator.manual_seed(seed)
        yield


def _own_generators(part: Any) -> list[Any]:
    """Find the objects within a dataset that have their own generator, as albumentations' pipelines do."""
    if isinstance(part, list | tuple):
        return [found for member in part for found in _own_generators(member)]
    if hasattr(type(part), "set_random_seed"):
        return [part]
    members = getattr(part, "__dict__", {})
    return [found for name in NESTED if name in members for found in _own_generators(members[name])]


def sample_of_key(dataset: Any, index: int, get: Callable[[int], Any]) -> Any:
    """Return the sample at `index`, with all random draws seeded from its key.

    Random transforms, the replacement of a broken sample, and the partners of mixed samples all draw from the
    global generators within one ``__getitem__``. These are seeded before each call. A sample therefore does
    not depend on the number of workers, on what a worker loaded before, or on where a run was resumed.

    Args:
        dataset: Dataset whose transforms may have generators of their own; these are seeded too.
        index: A sample key; an index without a key is passed on unchanged.
        get: Returns the sample at an index.
    """
    if not isinstance(index, SampleKey):
        return get(index)
    for generator in _own_generators(dataset):
        generator.set_random_seed(index.seed & 0xFFFFFFFF)
    with drawn_from(index.seed):
        return get(int(index))


def takes_keys(dataset: Any) -> bool:
    """Return whether a data set, or the class in a data set's config, seeds each sample from its key."""
    kind = dataset.get("type") if isinstance(dataset, dict) else type(dataset)
    return bool(getattr(DATASETS.get(kind) if isinstance(kind, str) else kind, "takes_keys", False))


@DATASETS.register_module()
class KeyedDataset(Dataset):
    """Any dataset, with the random draws of each sample seeded from its key; see :func:`sample_of_key`.

    The data sets of this project do so themselves; wrap other data sets in this class. Otherwise it behaves
    as the wrapped dataset.

    Args:
        dataset: A dataset or its config.
    """

    takes_keys = True

    def __init__(self, dataset: Dataset | dict) -> None:
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset

    def __getitem__(self, index: int) -> Any:
        """Return the sample at ``index``; an index without a key is passed on unchanged."""
        return sample_of_key(self.dataset, index, self.dataset.__getitem__)

    def __len__(self) -> int:
        return len(self.dataset)

    def __getattr__(self, name: str) -> Any:
        if name == "dataset":
            raise AttributeError(name)
        return getattr(self.dataset, name)
