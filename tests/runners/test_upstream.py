"""Each private attribute of MMEngine and PyTorch that is used, on upstream's own classes."""

import multiprocessing
import re
from pathlib import Path

import pytest
import torch
from mmengine.optim import OptimWrapper
from mmengine.runner import EpochBasedTrainLoop, IterBasedTrainLoop, Runner
from torch import nn

from seg_plugins.runners.upstream import (
    OpenRunner,
    built_loop,
    is_accumulating,
    releasing_workers,
    set_position,
)
from tests.runners.toy import toy


def test_a_loop_is_found_once_it_is_built(tmp_path):
    runner = toy(tmp_path, kind=Runner)
    assert [built_loop(runner, part) for part in ("train", "val", "test")] == [None] * 3
    loop = runner.train_loop
    assert built_loop(runner, "train") is loop and built_loop(runner, "val") is None


@pytest.mark.parametrize("by_epoch, kind", [(False, IterBasedTrainLoop), (True, EpochBasedTrainLoop)])
def test_the_position_of_upstreams_loops_is_what_is_set(tmp_path, by_epoch, kind):
    loop = toy(tmp_path, kind=Runner, by_epoch=by_epoch).train_loop
    assert type(loop) is kind
    set_position(loop, 2, 7)
    assert (loop.epoch, loop.iter) == (2, 7)


def test_gradients_are_accumulated_until_the_last_of_a_step():
    line = nn.Linear(1, 1)
    wrapper = OptimWrapper(torch.optim.SGD(line.parameters(), lr=0.1), accumulative_counts=2)
    wrapper.initialize_count_status(line, 0, 4)
    found = []
    for _ in range(4):
        wrapper.update_params(line(torch.ones(1, 1)).sum())
        found.append(is_accumulating(wrapper))
    assert found == [True, False, True, False]
    assert not is_accumulating(OptimWrapper(wrapper.optimizer))


def test_workers_that_are_kept_between_epochs_end_with_the_block(tmp_path):
    runner = toy(tmp_path, kind=Runner)
    runner._train_dataloader.update(num_workers=1, persistent_workers=True)
    loader = runner.train_loop.dataloader
    with releasing_workers(runner):
        next(iter(loader))
        assert len(multiprocessing.active_children()) == 1
    assert multiprocessing.active_children() == []
    assert next(iter(loader)) is not None  # the loader starts new ones
    with releasing_workers(runner):
        pass
    assert multiprocessing.active_children() == []


def test_settings_by_public_names_are_those_that_the_runner_goes_by(tmp_path):
    runner = toy(tmp_path, load_from="weights.pth", randomness=dict(seed=5))
    assert (runner.weights_are_loaded, runner.is_resumed, runner.trains) == (False, False, True)
    assert runner.named_checkpoint == "weights.pth"
    assert runner.train_loader is runner.loader_of("train") and runner.train_loader["batch_size"] == 4
    assert runner.loader_of("test") is None
    runner.take_seed(6)
    assert runner.seed == torch.initial_seed() == 6


def test_the_environment_is_logged_by_the_public_name(tmp_path):
    class Counting(OpenRunner):
        logged = 0

        def log_environment(self, env_cfg):
            self.logged += 1
            super().log_environment(env_cfg)

    runner = toy(tmp_path, kind=Counting, log_level="INFO")
    assert runner.logged == 1
    assert "System environment" in "".join(p.read_text() for p in tmp_path.rglob("*.log"))


@pytest.mark.parametrize("loaded, initialised", [(False, 1), (True, 0)])
def test_weights_that_are_loaded_are_not_initialised(tmp_path, loaded, initialised):
    runner = toy(tmp_path)
    runner.weights_are_loaded = loaded
    runner.train()
    assert runner.model.initialised == initialised


ROOT = Path(__file__).parents[2] / "seg_plugins"
PRIVATE = re.compile(
    r"\b(?:runner|loop|train_loop|val_loop|test_loop|loader|iterator|wrapper|optim_wrapper)\._[a-z]\w*"
    r"|\bself\._(?:has_loaded|load_from|resume|randomness_cfg|(?:train|val|test)_(?:loop|dataloader))\b"
)


def test_no_other_file_touches_them():
    found = {
        str(path.relative_to(ROOT)): PRIVATE.findall(path.read_text())
        for path in ROOT.rglob("*.py")
        if path.name != "upstream.py" and PRIVATE.search(path.read_text())
    }
    assert found == {}
    assert len(PRIVATE.findall((ROOT / "runners/upstream.py").read_text())) > 8
