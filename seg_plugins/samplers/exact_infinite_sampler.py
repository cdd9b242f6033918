"""An endless sampler whose position is a number."""

from collections.abc import Iterator

import torch
from mmengine.dataset import InfiniteSampler
from mmseg.registry import DATA_SAMPLERS

from seg_plugins.ops.sample_key import SampleKey, derive_seed

__all__ = ["ExactInfiniteSampler"]


@DATA_SAMPLERS.register_module()
class ExactInfiniteSampler(InfiniteSampler):
    """Endless passes over the dataset, each in an order of its own that follows from (seed, pass).

    The sample at position p of the stream, shared by all ranks, is number ``p % size`` of pass ``p //
    size``: going to a position takes one permutation, and no sample before it is drawn or loaded. Its
    randomness follows from (seed, p, index), whatever the number of workers.

    Args:
        dataset: Sized.
        shuffle: Permute each pass.
        seed: The run's seed; None draws one for all ranks.
    """

    start = 0
    gives_keys = True

    def pass_order(self, number: int) -> list[int]:
        """Indices of one pass in order; a weighted sampler replaces this.

        Args:
            number: Of the pass, from 0.

        Returns:
            ``size`` indices.
        """
        if not self.shuffle:
            return list(range(self.size))
        generator = torch.Generator().manual_seed(derive_seed(self.seed, number))
        return torch.randperm(self.size, generator=generator).tolist()

    def __iter__(self) -> Iterator[SampleKey]:
        """Keys of this rank, from the position that :meth:`skip` set."""
        position = self.start * self.world_size + self.rank
        number = -1
        while True:
            if position // self.size != number:
                number = position // self.size
                order = self.pass_order(number)
            index = order[position % self.size]
            yield SampleKey(index, derive_seed(self.seed, position, index))
            position += self.world_size

    def skip(self, num_samples: int) -> None:
        """Let the next iteration start after ``num_samples`` samples of this rank, from the beginning.

        Raises:
            ValueError: ``num_samples`` is negative.
        """
        if num_samples < 0:
            raise ValueError(f"num_samples={num_samples} is negative")
        self.start = num_samples
