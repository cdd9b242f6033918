import copy

import numpy as np
import torch
from mmengine.registry import LOOPS
from mmengine.runner import BaseLoop
from torch import nn

from seg_plugins.hooks.rehearsal import (
    first_batch,
    single_image,
    single_value_norms,
    unchanged_modes,
)
from seg_plugins.ops.random_state import unchanged_random
from tests.hooks.tiny_runner import RandomImages, log_text, tiny_runner
from tests.runners.test_kills import join, ranks


@LOOPS.register_module()
class OwnValLoop(BaseLoop):
    """A user's loop that neither has `run_iter` nor calls `val_step`."""

    def __init__(self, runner, dataloader, evaluator):
        super().__init__(runner, dataloader)
        self.runs = []

    def run(self):
        self.runner.call_hook("before_val")
        self.runs.append(
            (len(self.dataloader), sum(1 for _ in self.dataloader), len(self.dataloader.dataset))
        )
        return dict(own=1.0)


def test_the_loop_of_the_config_is_what_is_rehearsed(tmp_path):
    runner = tiny_runner(
        tmp_path, iters=1, val_interval=1, hooks=[dict(type="PreflightHook")], val_cfg=dict(type="OwnValLoop")
    )
    runner.train()
    assert runner.val_loop.runs == [(1, 1, 1), (4, 4, 4)]
    assert "preflight: one validation batch passed" in log_text(runner)


def test_two_processes_and_one_validation_image(tmp_path):
    """The second rank has nothing to validate, but still takes part."""
    hooks = [dict(type=kind) for kind in ("PreflightHook", "OverlayHook", "OutOfMemoryHook")]
    join(
        ranks(
            tmp_path,
            2,
            train_cfg__max_iters=2,
            train_cfg__val_interval=1,
            val_cfg__type="ValLossLoop",
            val_evaluator=[dict(type="ConfusionMetric"), dict(type="IoUMetric", prefix="upstream")],
            val_dataloader__dataset__indices=1,
            val_dataloader__sampler__round_up=False,
            custom_hooks=hooks,
        ),
        0,
    )
    assert (tmp_path / "work/overlays.png").exists()


def test_the_first_batch_of_a_loader_without_images():
    loader = torch.utils.data.DataLoader(RandomImages(2), 2, sampler=[], collate_fn=list)
    assert first_batch(loader) is None
    whole = torch.utils.data.DataLoader(RandomImages(3), 2, collate_fn=list)
    assert len(first_batch(whole)) == 2 and len(single_image(whole)) == 1


def test_synchronised_normalisation_has_the_values_of_all_ranks(monkeypatch):
    model = nn.Sequential(nn.BatchNorm2d(2), nn.BatchNorm2d(2).eval())
    synced = nn.SyncBatchNorm.convert_sync_batchnorm(nn.Sequential(nn.BatchNorm2d(2)))

    def found(network, *size):
        with single_value_norms(network) as names:
            network(torch.zeros(*size))
        return names

    assert found(model, 1, 2, 1, 1) == ["0"] and found(model, 1, 2, 1, 2) == found(model, 2, 2, 1, 1) == []
    assert model[0].training and not model[1].training
    assert found(synced, 1, 2, 1, 1) == ["0"]
    monkeypatch.setattr("seg_plugins.hooks.rehearsal.get_world_size", lambda: 2)
    assert found(synced, 1, 2, 1, 1) == [] and found(model, 1, 2, 1, 1) == ["0"]


def test_random_states_and_modes_come_back():
    model = torch.nn.Sequential(torch.nn.BatchNorm2d(1).eval(), torch.nn.Dropout())
    before = copy.deepcopy([m.training for m in model.modules()])
    state = torch.get_rng_state(), np.random.get_state()[1].copy()
    with unchanged_random(), unchanged_modes(model):
        torch.rand(3), np.random.rand(3)
        assert not model[1].training
    assert [m.training for m in model.modules()] == before
    assert torch.equal(torch.get_rng_state(), state[0]) and (np.random.get_state()[1] == state[1]).all()
