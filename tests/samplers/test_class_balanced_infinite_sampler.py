from itertools import islice

import numpy as np
import pytest
from mmseg.registry import DATASETS

from seg_plugins.samplers import ClassBalancedInfiniteSampler
from seg_plugins.samplers.class_balanced_infinite_sampler import image_weights
from tests.datasets.base import folder_config, write_pair


@pytest.fixture
def dataset(tmp_path):
    for i in range(10):
        label = np.zeros((8, 8), np.uint8)
        label[0, 0] = {9: 2}.get(i, i % 2)
        write_pair(tmp_path, "train", f"s{i}", shape=(8, 8), label=label)
    return DATASETS.build(folder_config(tmp_path))


def test_weights():
    pixels = np.array([[5, 0, 0], [5, 9, 0], [0, 0, 0]])
    assert image_weights(pixels).tolist() == [0.25, 0.75, 0.0]  # the third class occurs nowhere
    with pytest.raises(ValueError, match="no image has a pixel"):
        image_weights(np.zeros((3, 2)))


def test_a_rare_class_is_drawn_as_often_as_the_others(dataset):
    sampler = ClassBalancedInfiniteSampler(dataset, seed=0)
    drawn = np.bincount([int(key) for key in islice(iter(sampler), 3000)], minlength=10) / 3000
    assert drawn == pytest.approx(sampler.weights.numpy(), abs=0.03)
    assert drawn[9] == pytest.approx(1 / 3 + 1 / 30, abs=0.04)


@pytest.mark.parametrize("world", [1, 2])
def test_starting_at_a_position_is_having_been_there(dataset, world):
    for rank in range(world):
        samplers = [ClassBalancedInfiniteSampler(dataset, seed=4) for _ in range(2)]
        for sampler in samplers:
            sampler.rank, sampler.world_size = rank, world
        samplers[1].skip(23)
        whole, later = (
            [(int(k), k.seed) for k in islice(iter(s), n)] for s, n in zip(samplers, (50, 27), strict=True)
        )
        assert later == whole[23:]
