import torch
from mmengine.hooks import EMAHook
from mmengine.runner import Runner

from seg_plugins.hooks import ExactEMAHook
from tests.runners.toy import toy


def averaged(work, hook):
    runner = toy(work, custom_hooks=[hook])
    return runner, next(h for h in runner.hooks if isinstance(h, EMAHook))


def test_an_average_is_made_once_a_run(tmp_path):
    runner, hook = averaged(tmp_path, dict(type="mmseg.ExactEMAHook"))
    hook.before_run(runner)
    first = hook.ema_model
    hook.before_run(runner)
    assert hook.ema_model is first and hook.networks() == [first]


def test_a_hook_that_serves_a_second_run_averages_that_one(tmp_path):
    hook = ExactEMAHook()
    for name in "ab":
        runner, _ = averaged(tmp_path / name, hook)
        hook.before_run(runner)
        assert hook.src_model is runner.model


def test_the_weights_of_before_a_validation_come_back(tmp_path):
    runner, hook = averaged(tmp_path, dict(type="EMAHook"))
    hook.before_run(runner)
    raw = runner.model.linear.weight.clone()
    hook.ema_model.module.linear.weight.data += 1
    hook.before_val_epoch(runner)
    assert torch.equal(runner.model.linear.weight, raw + 1)
    hook.leave_validation(runner)
    assert torch.equal(runner.model.linear.weight, raw)


def test_bare_weights_loaded_before_the_run_begin_the_average(tmp_path):
    runner, hook = averaged(tmp_path, dict(type="EMAHook"))
    hook.after_load_checkpoint(runner, {"linear.weight": torch.full((1, 2), 7.0)})
    assert hook.ema_model.module.linear.weight.tolist() == [[7.0, 7.0]]


def test_it_runs_under_upstreams_runner(tmp_path):
    toy(tmp_path, kind=Runner, custom_hooks=[hook := ExactEMAHook(momentum=0.5)]).train()
    assert not torch.equal(hook.ema_model.module.linear.weight, hook.src_model.linear.weight)
