import random

import numpy as np
import pytest
import torch
from mmengine.dataset import BaseDataset
from torch.utils.data import DataLoader

from seg_plugins.datasets import KeyedDataset
from seg_plugins.datasets.keyed_dataset import drawn_from
from seg_plugins.ops.sample_key import SampleKey
from seg_plugins.samplers import ExactInfiniteSampler


def draw():
    return random.random(), float(np.random.rand()), float(torch.rand(1))


class Noisy(BaseDataset):
    """Each sample is what the three generators give; some samples are broken and replaced."""

    METAINFO = {"classes": ("a", "b")}

    def load_data_list(self):
        return [{"n": n} for n in range(9)]

    def prepare_data(self, idx):
        return None if idx % 3 == 1 else (idx, *draw())


def keyed():
    return KeyedDataset(Noisy(serialize_data=False))


def test_a_sample_follows_from_its_key_alone():
    dataset = keyed()
    first = dataset[SampleKey(0, 5)]
    draw()
    assert dataset[SampleKey(0, 5)] == first != dataset[SampleKey(0, 6)]


def test_the_replacement_of_a_broken_sample_does_too():
    dataset = keyed()
    assert dataset[SampleKey(1, 5)] == dataset[SampleKey(1, 5)]
    assert dataset[SampleKey(1, 5)][0] % 3 != 1


def test_the_main_process_draws_on_as_before():
    random.seed(0), np.random.seed(0), torch.manual_seed(0)
    expected = draw()
    random.seed(0), np.random.seed(0), torch.manual_seed(0)
    keyed()[SampleKey(0, 5)]
    assert draw() == expected


def test_without_a_key_nothing_is_seeded():
    dataset = keyed()
    assert dataset[0] != dataset[0]


@pytest.mark.parametrize("workers", [1, 2])
def test_workers_make_no_difference(workers):
    def load(number):
        dataset = keyed()
        loader = DataLoader(
            dataset,
            4,
            sampler=ExactInfiniteSampler(dataset, seed=1),
            num_workers=number,
            collate_fn=list,
        )
        batches = iter(loader)
        return [next(batches) for _ in range(6)]

    assert load(workers) == load(0)


def test_it_is_the_dataset_inside():
    dataset = keyed()
    assert len(dataset) == 9
    assert dataset.metainfo["classes"] == ("a", "b")
    assert dataset.get_data_info(2)["n"] == 2
    with pytest.raises(AttributeError):
        _ = dataset.nothing


def test_generators_kept_by_a_transform_are_seeded():
    class Own:
        def __init__(self):
            self.generator = np.random.default_rng()

        def set_random_seed(self, seed):
            self.generator = np.random.default_rng(seed)

        def __call__(self, data):
            return float(self.generator.random())

    class Holder:
        def __init__(self):
            self.aug = Own()

        def __call__(self, data):
            return self.aug(data)

    inner = Noisy(serialize_data=False)
    inner.pipeline.transforms = [Holder()]
    inner.prepare_data = lambda idx: inner.pipeline({})
    dataset = KeyedDataset(inner)
    assert dataset[SampleKey(0, 5)] == dataset[SampleKey(0, 5)] != dataset[SampleKey(0, 6)]


def test_neighbouring_seeds_draw_independently():
    values = []
    for seed in range(2000):
        with drawn_from(seed):
            values.append(draw())
    correlation = np.corrcoef(np.array(values[1:]).T, np.array(values[:-1]).T)
    assert np.abs(correlation - np.eye(6)).max() < 0.1
