"""An endless sampler that composes every batch from several sources in a fixed ratio."""

from collections.abc import Iterator, Sequence
from typing import Any

import torch
from mmengine.dataset import ConcatDataset
from mmseg.registry import DATA_SAMPLERS

from seg_plugins.ops.sample_key import SampleKey, derive_seed

from .exact_infinite_sampler import ExactInfiniteSampler

__all__ = ["ExactMultiSourceSampler", "images_per_source"]


def images_per_source(batch_size: int, source_ratio: Sequence[int]) -> list[int]:
    """Divide a batch among sources.

    Args:
        batch_size: Images of a batch on one process.
        source_ratio: Share of each source, whole numbers of at least 1.

    Returns:
        Images of each source; their sum is `batch_size`.

    Raises:
        ValueError: The ratio is not of positive whole numbers, or does not divide the batch.

    >>> images_per_source(8, [1, 1]), images_per_source(8, [1, 3])
    ([4, 4], [2, 6])
    """
    if not source_ratio or any(type(share) is not int or share < 1 for share in source_ratio):
        raise ValueError(f"source_ratio={list(source_ratio)}: give a positive whole number for each source")
    total = sum(source_ratio)
    if batch_size < total or batch_size % total:
        raise ValueError(
            f"batch_size={batch_size} cannot be divided in the ratio {':'.join(map(str, source_ratio))}: "
            f"set a multiple of {total} in train_dataloader.batch_size and in sampler.batch_size"
        )
    return [batch_size // total * share for share in source_ratio]


@DATA_SAMPLERS.register_module()
class ExactMultiSourceSampler(ExactInfiniteSampler):
    """Endless batches that hold a fixed number of images of each source, in the order of the sources.

    Each source has its own endless passes, each in an order that follows from (seed, source, pass). All ranks
    share them: image j of a source in batch b of rank r is number (b * ranks + r) * n + j of its stream,
    where n is the number of images of that source in a batch. A source that is smaller than others is shown
    more often. Going to a position takes one permutation for each source, and loads nothing.

    The name of the ratio is that of MMDetection's `MultiSourceSampler`.

    Args:
        dataset: A `ConcatDataset` of as many sources as `source_ratio` has numbers.
        batch_size: Images of a batch on one process, as in the data loader.
        source_ratio: Share of each source in a batch.
        shuffle: Permute each pass.
        seed: The run's seed; None draws one for all ranks.

    Raises:
        ValueError: The ratio fits neither the sources nor the batch, or a source is empty.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int,
        source_ratio: Sequence[int],
        shuffle: bool = True,
        seed: int | None = None,
    ) -> None:
        super().__init__(dataset, shuffle=shuffle, seed=seed)
        sources = getattr(dataset, "datasets", None)
        if not isinstance(dataset, ConcatDataset) or len(sources) != len(source_ratio):
            found = f"{len(sources)} sources" if sources else f"a {type(dataset).__name__}"
            raise ValueError(
                f"source_ratio={list(source_ratio)} wants a ConcatDataset of {len(source_ratio)} sources; "
                f"train_dataloader.dataset is {found}"
            )
        self.batch_size = batch_size
        self.counts = images_per_source(batch_size, source_ratio)
        self.sizes = [len(source) for source in sources]
        if 0 in self.sizes:
            raise ValueError(f"source {self.sizes.index(0)} of train_dataloader.dataset has no images")

    def source_order(self, source: int, number: int) -> list[int]:
        """Return the order of one pass of one source.

        Args:
            source: Number of the source, from 0.
            number: Number of the pass, from 0.
        """
        size = self.sizes[source]
        if not self.shuffle:
            return list(range(size))
        generator = torch.Generator().manual_seed(derive_seed(self.seed, source, number))
        return torch.randperm(size, generator=generator).tolist()

    def __iter__(self) -> Iterator[SampleKey]:
        """Keys of this rank, from the position that :meth:`skip` set."""
        offsets = [sum(self.sizes[:source]) for source in range(len(self.sizes))]
        orders: list[tuple[int, list[int]]] = [(-1, [])] * len(self.sizes)
        batch, skipped = divmod(self.start, self.batch_size)
        while True:
            for source, count in enumerate(self.counts):
                for place in range(count):
                    if skipped:
                        skipped -= 1
                        continue
                    position = (batch * self.world_size + self.rank) * count + place
                    number, within = divmod(position, self.sizes[source])
                    if orders[source][0] != number:
                        orders[source] = (number, self.source_order(source, number))
                    index = offsets[source] + orders[source][1][within]
                    yield SampleKey(index, derive_seed(self.seed, source, position, index))
            batch += 1
