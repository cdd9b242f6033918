"""The key of a sample: its index in the dataset, and the seed of all that is random about it."""

import hashlib
import struct

__all__ = ["SampleKey", "derive_seed"]


def derive_seed(*numbers: int) -> int:
    """Hash whole numbers to a seed in [0, 2**63), the same on every machine.

    Neighbouring arguments give unrelated seeds, which sums of them do not.

    >>> derive_seed(0, 1) == derive_seed(0, 1), derive_seed(0, 1) == derive_seed(1, 0)
    (True, False)
    """
    packed = struct.pack(f"<{len(numbers)}q", *numbers)
    return int.from_bytes(hashlib.blake2b(packed, digest_size=8).digest(), "little") >> 1


class SampleKey(int):
    """A dataset index that carries the seed of its sample to the worker that loads it.

    It is an integer, so every dataset and batch sampler takes it; ``KeyedDataset`` makes use of the seed.

    Args:
        index: Index in the dataset.
        seed: In [0, 2**63).
    """

    seed: int

    def __new__(cls, index: int, seed: int) -> "SampleKey":
        """Make an integer and hang the seed on it."""
        key = super().__new__(cls, index)
        key.seed = seed
        return key

    def __reduce__(self) -> tuple:
        return SampleKey, (int(self), self.seed)
