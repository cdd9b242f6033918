import signal

import pytest
import torch
from torch.utils.data import DataLoader

from seg_plugins.runners.loading_workers import guarded_workers
from seg_plugins.runners.seg_runner import SegRunner
from seg_plugins.runners.stop_signals import SIGNALS, init_worker


class Handlers:
    """Each sample is how its worker treats the signals, and what torch's seed is there."""

    def __len__(self):
        return 2

    def __getitem__(self, index):
        return [signal.getsignal(n) == signal.SIG_IGN for n in SIGNALS], torch.initial_seed()


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
