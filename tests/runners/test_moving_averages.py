import torch
from mmengine.hooks import EMAHook, Hook
from torch import nn

from seg_plugins.runners.moving_averages import kept_networks, make_averages, with_raw_weights
from tests.runners.toy import toy


def averaged(work, hook):
    return toy(work, custom_hooks=[hook])


def test_an_average_is_made_once_a_run(tmp_path):
    runner = averaged(tmp_path, dict(type="EMAHook"))
    hook = next(h for h in runner.hooks if isinstance(h, EMAHook))
    make_averages(runner)
    first = hook.ema_model
    make_averages(runner)
    hook.before_run(runner)
    assert hook.ema_model is first


def test_a_hook_that_serves_a_second_run_averages_that_one(tmp_path):
    hook = EMAHook()
    runners = [averaged(tmp_path / name, hook) for name in "ab"]
    for runner in runners:
        make_averages(runner)
        assert hook.src_model is runner.model


def test_the_weights_of_before_a_validation_come_back(tmp_path):
    runner = averaged(tmp_path, dict(type="EMAHook"))
    make_averages(runner)
    raw = runner.model.linear.weight.clone()
    hook = next(h for h in runner.hooks if isinstance(h, EMAHook))
    hook.ema_model.module.linear.weight.data += 1
    hook.before_val_epoch(runner)
    assert torch.equal(runner.model.linear.weight, raw + 1)
    with_raw_weights(runner)
    assert torch.equal(runner.model.linear.weight, raw)


def test_networks_beside_the_model_are_those_that_hooks_name(tmp_path):
    class TeacherHook(Hook):
        teacher = nn.BatchNorm1d(2)

        def networks(self):
            return [self.teacher]

    runner = toy(tmp_path, custom_hooks=[TeacherHook(), dict(type="EMAHook")])
    make_averages(runner)
    average = next(h for h in runner.hooks if isinstance(h, EMAHook)).ema_model
    found = kept_networks(runner)
    assert len(found) == 2 and {id(n) for n in found} == {id(TeacherHook.teacher), id(average)}
