from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from seg_plugins.samplers import ExactInfiniteSampler


def sampler(size=10, rank=0, world=1, **options):
    made = ExactInfiniteSampler(range(size), seed=3, **options)
    made.rank, made.world_size = rank, world
    return made


def take(made, count):
    return [(int(key), key.seed) for key in islice(iter(made), count)]


@given(st.integers(1, 12), st.integers(0, 60), st.integers(1, 3))
def test_starting_at_a_position_is_having_been_there(size, skipped, world):
    for rank in range(world):
        whole = take(sampler(size, rank, world), skipped + 20)
        later = sampler(size, rank, world)
        later.skip(skipped)
        assert take(later, 20) == whole[skipped:]


def test_every_pass_is_a_permutation_of_its_own():
    drawn = [index for index, _ in take(sampler(), 50)]
    passes = [drawn[i : i + 10] for i in range(0, 50, 10)]
    assert all(sorted(p) == list(range(10)) for p in passes)
    assert len({tuple(p) for p in passes}) == 5


@pytest.mark.parametrize("world", [2, 3])
def test_ranks_share_the_stream_of_one_process(world):
    shared = [take(sampler(rank=r, world=world), 12) for r in range(world)]
    interleaved = [sample for step in zip(*shared, strict=True) for sample in step]
    assert interleaved == take(sampler(), 12 * world)


def test_the_same_picture_draws_anew_in_each_pass():
    seeds = [seed for index, seed in take(sampler(), 100) if index == 4]
    assert len(seeds) == len(set(seeds)) == 10


def test_in_order():
    assert [i for i, _ in take(sampler(4, shuffle=False), 6)] == [0, 1, 2, 3, 0, 1]


def test_first_places_are_uniform():
    first = np.bincount([sampler().pass_order(n)[0] for n in range(2000)], minlength=10)
    assert np.abs(first - 200).max() < 5 * np.sqrt(200)


def test_a_far_position_costs_one_pass():
    made = sampler()
    passes = []
    order = made.pass_order
    made.pass_order = lambda number: (passes.append(number), order(number))[1]
    made.skip(10**12)
    take(made, 5)
    assert passes == [10**11]


def test_before_the_beginning():
    with pytest.raises(ValueError, match="-1 is negative"):
        sampler().skip(-1)
