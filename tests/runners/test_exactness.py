import signal

import pytest
import torch
from mmengine.dataset import DefaultSampler
from mmengine.runner import EpochBasedTrainLoop
from torch.utils.data import DataLoader

from seg_plugins.runners.exactness import exact_loader, exact_loop, guarded_workers
from seg_plugins.runners.seg_runner import SegRunner
from seg_plugins.runners.stop_signals import SIGNALS, init_worker


class Handlers:
    """Each sample is how its worker treats the signals, and what torch's seed is there."""

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return [signal.getsignal(n) == signal.SIG_IGN for n in SIGNALS], torch.initial_seed()


@pytest.mark.parametrize(
    "given, expected",
    [
        (dict(type="IterBasedTrainLoop", max_iters=3), dict(type="mmseg.ExactIterTrainLoop", max_iters=3)),
        (dict(by_epoch=True, max_epochs=3), dict(type="mmseg.ExactEpochTrainLoop", max_epochs=3)),
        (dict(by_epoch=False, max_iters=3), dict(type="mmseg.ExactIterTrainLoop", max_iters=3)),
        (dict(type=EpochBasedTrainLoop), dict(type="mmseg.ExactEpochTrainLoop")),
        (dict(type="mmengine.EpochBasedTrainLoop"), dict(type="mmseg.ExactEpochTrainLoop")),
        (dict(type="MyLoop"), dict(type="MyLoop")),
        (dict(type=Handlers), dict(type=Handlers)),
    ],
)
def test_loops(given, expected):
    before = dict(given)
    assert exact_loop(given) == expected
    assert given == before


def test_loaders():
    given = dict(sampler=dict(type="InfiniteSampler", shuffle=True), dataset=dict(type="D"), batch_size=2)
    made = exact_loader(given)
    assert made["sampler"] == dict(type="mmseg.ExactInfiniteSampler", shuffle=True)
    assert made["dataset"] == dict(type="mmseg.KeyedDataset", dataset=dict(type="D"))
    assert given["sampler"]["type"] == "InfiniteSampler" and made["batch_size"] == 2
    assert exact_loader({**given, "sampler": dict(type="Mine")})["sampler"] == dict(type="Mine")
    made = exact_loader({**given, "sampler": dict(type=DefaultSampler, shuffle=False)})
    assert made["sampler"] == dict(type="mmseg.ExactEpochSampler", shuffle=False)


def test_a_loader_without_sampler_is_left_alone():
    given = dict(sampler=None, dataset=dict(type="Stream"), batch_size=2)
    assert exact_loader(given) == given


@pytest.mark.parametrize("given, found", [(dict(type="A", by_epoch=True), "both"), ({}, "neither")])
def test_which_loop_it_is_has_to_be_said_once(given, found):
    with pytest.raises(ValueError, match=rf"train_cfg has {found}.*max_epochs.: 3.*Only one of them"):
        exact_loop(dict(max_epochs=3, **given))


def mark(worker_id, value):
    torch.manual_seed(value)


@pytest.mark.parametrize("given, seed", [({}, 5), ({"worker_init_fn": dict(type=mark, value=99)}, 99)])
def test_workers_ignore_signals_and_keep_their_own_start(given, seed):
    cfg = dict(dataset=Handlers(), sampler=None, num_workers=1, collate_fn=list, **given)
    guarded = guarded_workers(cfg, seed=5)
    assert guarded["worker_init_fn"]["type"] is init_worker
    loader = SegRunner.build_dataloader(cfg, seed=5)
    assert isinstance(loader, DataLoader)
    assert next(iter(loader)) == [([True] * 4, seed)]
