"""A sampler of epochs that can start within an epoch."""

from collections.abc import Iterator

from mmengine.dataset import DefaultSampler
from mmseg.registry import DATA_SAMPLERS

from seg_plugins.ops.sample_key import SampleKey, derive_seed

__all__ = ["ExactEpochSampler"]


@DATA_SAMPLERS.register_module()
class ExactEpochSampler(DefaultSampler):
    """Upstream's ``DefaultSampler``, in the same order, with keys and a position within the epoch.

    The random draws of a sample are seeded from (seed, epoch, position in the epoch, index).

    The arguments are upstream's.
    """

    start = 0
    gives_keys = True

    def __iter__(self) -> Iterator[SampleKey]:
        """Yield the keys of this rank; those given to :meth:`skip` are left out once."""
        start, self.start = self.start, 0
        for place, index in enumerate(super().__iter__()):
            if place >= start:
                position = place * self.world_size + self.rank
                yield SampleKey(index, derive_seed(self.seed, self.epoch, position, index))

    def skip(self, num_samples: int) -> None:
        """Make the next iteration, and only that, omit its first ``num_samples`` samples of this rank.

        Raises:
            ValueError: ``num_samples`` is negative.
        """
        if num_samples < 0:
            raise ValueError(f"num_samples={num_samples} is negative")
        self.start = num_samples
