"""An endless sampler that can start at any position."""

from collections.abc import Iterator

import torch
from mmengine.dataset import InfiniteSampler
from mmseg.registry import DATA_SAMPLERS

from seg_plugins.ops.sample_key import SampleKey, derive_seed

__all__ = ["ExactInfiniteSampler"]


@DATA_SAMPLERS.register_module()
class ExactInfiniteSampler(InfiniteSampler):
    """Endless passes over the dataset, each in its own order, which is seeded from (seed, pass).

    The sample at position p of the stream, which all ranks share, is number ``p % size`` of pass ``p //
    size``. Moving to a position takes one permutation; no earlier sample is drawn or loaded. The random draws
    of a sample are seeded from (seed, p, index), whatever the number of workers.

    Args:
        dataset: A dataset with a length.
        shuffle: Whether to permute each pass.
        seed: The run's seed; None draws one for all ranks.
    """

    start = 0
    gives_keys = True

    def pass_order(self, number: int) -> list[int]:
        """Return the indices of one pass in order; a weighted sampler overrides this.

        Args:
            number: Number of the pass, from 0.

        Returns:
            ``size`` indices.
        """
        if not self.shuffle:
            return list(range(self.size))
        generator = torch.Generator().manual_seed(derive_seed(self.seed, number))
        return torch.randperm(self.size, generator=generator).tolist()

    def __iter__(self) -> Iterator[SampleKey]:
        """Yield the keys of this rank, from the position that :meth:`skip` set."""
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
        """Make the next iteration start after ``num_samples`` samples of this rank, from the very first.

        Raises:
            ValueError: ``num_samples`` is negative.
        """
        if num_samples < 0:
            raise ValueError(f"num_samples={num_samples} is negative")
        self.start = num_samples
