import copy

import pytest
import torch

from tests.hooks.tiny_runner import log_text, tiny_runner


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


def test_a_wrong_name_is_refused(tmp_path):
    hook = dict(type="FreezeHook", modules=["encoder"])
    with pytest.raises(ValueError, match="no part 'encoder'"):
        tiny_runner(tmp_path, hooks=[hook]).train()
