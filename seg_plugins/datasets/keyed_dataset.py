"""Randomness that belongs to the sample, not to the worker that happens to load it."""

import random
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
import torch
from mmseg.registry import DATASETS
from torch.utils.data import Dataset, get_worker_info

from seg_plugins.ops.sample_key import SampleKey

__all__ = ["KeyedDataset", "drawn_from"]

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


@DATASETS.register_module()
class KeyedDataset(Dataset):
    """Any dataset, with the randomness of each sample drawn from its key.

    Random transforms, the choice of another sample after a broken one, and the partners of mixed samples
    all draw from the global generators within one ``__getitem__``: they are seeded here before each, so
    that a sample does not depend on the number of workers, on what a worker loaded before, or on where a
    run was resumed. In all else this is the dataset inside.

    Args:
        dataset: A dataset or its config.
    """

    def __init__(self, dataset: Dataset | dict) -> None:
        self.dataset = DATASETS.build(dataset) if isinstance(dataset, dict) else dataset
        self._generators: list[Any] | None = None

    def __getitem__(self, index: int) -> Any:
        """The sample at ``index``; an index without key is handed on as it is."""
        if not isinstance(index, SampleKey):
            return self.dataset[index]
        if self._generators is None:
            self._generators = _own_generators(self.dataset)
        for generator in self._generators:
            generator.set_random_seed(index.seed & 0xFFFFFFFF)
        with drawn_from(index.seed):
            return self.dataset[int(index)]

    def __len__(self) -> int:
        return len(self.dataset)

    def __getattr__(self, name: str) -> Any:
        if name == "dataset":
            raise AttributeError(name)
        return getattr(self.dataset, name)
