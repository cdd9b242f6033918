import copy

import pytest
import torch

from tests.hooks.tiny_runner import log_text, tiny_runner
from tests.runners.base import build, differences, final_state, killed_at, no_workers, tiny


def train(tmp_path, **kwargs):
    hook = dict(type="FreezeHook", modules=["backbone"], **kwargs)
    runner = tiny_runner(tmp_path, hooks=[hook])
    runner.model.init_weights()
    runner.model._is_init = True
    before = copy.deepcopy(runner.model.state_dict())
    runner.train()
    after = runner.model.state_dict()
    return runner, {k for k in before if not torch.equal(before[k], after[k])}


def test_frozen_weights_and_statistics_stay(tmp_path):
    runner, changed = train(tmp_path)
    assert changed and not {k for k in changed if k.startswith("backbone")}
    assert "frozen: backbone; " in log_text(runner)


def test_they_learn_from_the_given_iteration(tmp_path):
    _, changed = train(tmp_path, until=2)
    assert {k for k in changed if k.startswith("backbone")}


def test_thawed_within_an_epoch_a_resumed_run_is_the_same(tmp_path):
    def epochs(root, **options):
        (tmp_path / root).mkdir(exist_ok=True)
        cfg = no_workers(tiny(tmp_path / root, **options))
        cfg.train_cfg = dict(by_epoch=True, max_epochs=3, val_interval=3)
        cfg.train_dataloader.sampler = dict(type="DefaultSampler", shuffle=True)
        cfg.default_hooks.checkpoint.interval = 1
        cfg.custom_hooks = [dict(type="FreezeHook", modules=["backbone"], until=4)]
        return build(cfg)

    epochs("whole").train()
    assert killed_at(epochs("killed"), "after_train_iter", 4)
    epochs("killed", resume=True).train()
    ends = [final_state(tmp_path / root, "iter_9.pth") for root in ("whole", "killed")]
    assert differences(*ends) == []


def test_a_wrong_name_is_refused(tmp_path):
    hook = dict(type="FreezeHook", modules=["encoder"])
    with pytest.raises(ValueError, match="no part 'encoder'"):
        tiny_runner(tmp_path, hooks=[hook]).train()
