"""Tests of batches that hold a fixed number of images of each source."""

from itertools import islice

import pytest
from mmengine.dataset import BaseDataset, ConcatDataset

from seg_plugins.samplers import ExactMultiSourceSampler
from seg_plugins.samplers.exact_multi_source_sampler import images_per_source


class Numbers(BaseDataset):
    def __init__(self, size):
        self.size = size
        super().__init__(serialize_data=False)

    def load_data_list(self):
        return [dict(number=i) for i in range(self.size)]


def sampler(sizes=(3, 10), ratio=(1, 3), batch_size=4, rank=0, ranks=1, **kwargs):
    dataset = ConcatDataset([Numbers(size) for size in sizes])
    made = ExactMultiSourceSampler(dataset, batch_size, ratio, seed=5, **kwargs)
    made.rank, made.world_size = rank, ranks
    return made


def batches(one, count=30):
    keys = list(islice(one, count * one.batch_size))
    return [keys[i : i + one.batch_size] for i in range(0, len(keys), one.batch_size)]


def test_every_batch_has_the_ratio():
    for batch in batches(sampler()):
        assert [index < 3 for index in batch] == [True, False, False, False]


def test_three_sources():
    for batch in batches(sampler((3, 10, 7), (1, 2, 1), 8)):
        counts = [sum(low <= i < high for i in batch) for low, high in ((0, 3), (3, 13), (13, 20))]
        assert counts == [2, 4, 2]


def test_each_pass_of_a_source_shows_every_image_once():
    labelled = [batch[0] for batch in batches(sampler())]
    assert all(sorted(labelled[i : i + 3]) == [0, 1, 2] for i in range(0, 30, 3))
    assert len({tuple(labelled[i : i + 3]) for i in range(0, 30, 3)}) > 1
    others = [index for batch in batches(sampler()) for index in batch[1:]]
    assert all(sorted(others[i : i + 10]) == list(range(3, 13)) for i in range(0, 90, 10))


@pytest.mark.parametrize("taken", [0, 1, 2, 4, 7, 40, 41])
def test_a_position_is_reached_without_going_through_it(taken):
    whole = list(islice(sampler(), 80))
    later = sampler()
    later.skip(taken)
    rest = list(islice(later, 80 - taken))
    assert rest == whole[taken:]
    assert [key.seed for key in rest] == [key.seed for key in whole[taken:]]


def test_ranks_divide_the_streams_of_one():
    """Two ranks with half of the batch see, step by step, what one process with the whole batch sees."""
    one = batches(sampler((4, 10), (1, 1), 4), 20)
    two = [batches(sampler((4, 10), (1, 1), 2, rank=rank, ranks=2), 20) for rank in range(2)]
    for whole, first, second in zip(one, *two, strict=True):
        assert sorted(whole) == sorted(first + second)
        assert {key.seed for key in whole} == {key.seed for key in first + second}


def test_without_shuffling_the_order_is_that_of_the_data_set():
    assert batches(sampler(shuffle=False), 2) == [[0, 3, 4, 5], [1, 6, 7, 8]]


@pytest.mark.parametrize(
    "arguments, words",
    [
        (dict(batch_size=6), "batch_size=6 cannot be divided in the ratio 1:3: set a multiple of 4"),
        (dict(batch_size=2), "batch_size=2"),
        (dict(ratio=(1, 0)), "positive whole number"),
        (dict(ratio=(1, 1, 2)), r"wants a ConcatDataset of 3 sources; .* is 2 sources"),
        (dict(sizes=(3, 0)), "source 1 of train_dataloader.dataset has no images"),
    ],
)
def test_what_cannot_be_sampled_is_refused(arguments, words):
    with pytest.raises(ValueError, match=words):
        sampler(**arguments)


def test_a_single_data_set_is_refused():
    with pytest.raises(ValueError, match="is a Numbers"):
        ExactMultiSourceSampler(Numbers(4), 4, [1, 1], seed=0)


def test_images_per_source_adds_up():
    assert images_per_source(12, [1, 2, 3]) == [2, 4, 6]
