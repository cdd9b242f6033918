"""The key of a sample: its index in the dataset and the seed of its random draws."""

import hashlib
import struct

__all__ = ["SampleKey", "derive_seed"]


def derive_seed(*numbers: int) -> int:
    """Hash integers to a seed in [0, 2**63), the same on every machine.

    Neighbouring arguments give unrelated seeds, unlike sums of the arguments.

    >>> derive_seed(0, 1) == derive_seed(0, 1), derive_seed(0, 1) == derive_seed(1, 0)
    (True, False)
    """
    packed = struct.pack(f"<{len(numbers)}q", *numbers)
    return int.from_bytes(hashlib.blake2b(packed, digest_size=8).digest(), "little") >> 1


class SampleKey(int):
    """A dataset index that carries the seed of its sample to the worker that loads the sample.

    It is an integer, so every dataset and batch sampler accepts it; ``KeyedDataset`` reads the seed.

    Args:
        index: Index in the dataset.
        seed: In [0, 2**63).
    """

    seed: int

    def __new__(cls, index: int, seed: int) -> "SampleKey":
        """Create the integer and attach the seed."""
        key = super().__new__(cls, index)
        key.seed = seed
        return key

    def __reduce__(self) -> tuple:
        return SampleKey, (int(self), self.seed)
