import random
from itertools import islice

import numpy as np
import pytest
import torch
from mmengine.runner import Runner
from torch.utils.data import BatchSampler, DataLoader, RandomSampler

from seg_plugins.loops.batches import Batches, seed_step, skip_within_epoch
from seg_plugins.samplers import ExactEpochSampler, ExactInfiniteSampler
from tests.runners.toy import toy


class Counting:
    """Records what is loaded."""

    def __init__(self):
        self.loaded = []

    def __len__(self):
        return 10

    def __getitem__(self, index):
        self.loaded.append(int(index))
        return int(index)


def loader(sampler, **options):
    data = Counting()
    return DataLoader(data, 4, sampler=sampler(data, seed=1), collate_fn=list, **options), data


@pytest.mark.parametrize("sampler", [ExactInfiniteSampler, ExactEpochSampler])
@pytest.mark.parametrize("position", [0, 1, 3, 4, 11])
def test_seeking_is_having_been_there_without_loading(sampler, position):
    whole = list(islice(iter(Batches(loader(sampler)[0]).__next__, None), position + 8))
    source, data = loader(sampler)
    later = Batches(source)
    later.seek(position)
    assert data.loaded == []
    assert [next(later) for _ in range(8)] == whole[position:]


def test_what_cannot_be_positioned_is_loaded_again(caplog):
    data = Counting()
    order = torch.Generator().manual_seed(0)
    source = DataLoader(
        data, batch_sampler=BatchSampler(RandomSampler(data, generator=order), 2, True), collate_fn=list
    )
    later = Batches(source)
    later.seek(3)
    assert len(data.loaded) == 6
    assert not skip_within_epoch(source, 0, 1)


def test_workers_start_with_the_first_batch():
    source, _ = loader(ExactInfiniteSampler, num_workers=1)
    batches = Batches(source)
    batches.seek(2)
    assert batches.iterator is None


def test_a_step_draws_from_its_number():
    def drawn(*key):
        seed_step(*key)
        return random.random(), float(np.random.rand()), float(torch.rand(1))

    assert drawn(1, 5) == drawn(1, 5)
    assert len({drawn(1, 5), drawn(1, 6), drawn(2, 5)}) == 3


@pytest.mark.parametrize("by_epoch, name", [(False, "ExactIterTrainLoop"), (True, "ExactEpochTrainLoop")])
def test_the_exact_loops_run_under_upstreams_runner(tmp_path, by_epoch, name):
    length = dict(max_epochs=2) if by_epoch else dict(max_iters=5)
    options = dict(train_cfg=dict(type=name, **length), default_scope="mmseg")
    runner = toy(tmp_path, kind=Runner, by_epoch=by_epoch, **options)
    runner.train()
    assert runner.iter == (6 if by_epoch else 5)
