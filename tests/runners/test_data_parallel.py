"""The order of samples on several ranks."""

from seg_plugins.samplers import ExactInfiniteSampler


def drawn(ranks, batch, start, steps=5):
    """Return the keys of every step from `start`, of all ranks together, in the order of the data."""
    samplers = [ExactInfiniteSampler(range(10), seed=0) for _ in range(ranks)]
    for rank, sampler in enumerate(samplers):
        sampler.rank, sampler.world_size = rank, ranks
        sampler.skip(start * batch)
    streams = [iter(sampler) for sampler in samplers]
    keys = [[next(stream) for _ in range(batch) for stream in streams] for _ in range(steps)]
    return [[(int(key), key.seed) for key in step] for step in keys]


def test_a_run_that_continues_on_another_number_of_ranks_keeps_the_order_of_samples():
    """At an equal global batch: the keys hold index and seed of the augmentation."""
    whole = drawn(2, 2, 0, steps=12)
    for ranks, batch in ((1, 4), (2, 2), (4, 1)):
        assert drawn(ranks, batch, 7) == whole[7:]
