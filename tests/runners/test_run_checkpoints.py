import pytest
import torch
from mmengine.hooks import EMAHook
from mmengine.logging import MMLogger
from torch.utils.data import IterableDataset

from seg_plugins.checkpoints.safe_loading import read_checkpoint
from tests.runners.toy import Points, toy

HOOK = dict(type="mmseg.WholeCheckpointHook", by_epoch=False, interval=4)
AVERAGE = dict(type="EMAHook", momentum=0.3)
SCALED = dict(enable=True, base_batch_size=2)


def run(work, hooks=(AVERAGE,), **options):
    return toy(work, checkpoint=HOOK, custom_hooks=list(hooks), auto_scale_lr=SCALED, **options)


def end(runner):
    """Weights, averages, momentum and rates at the end."""
    averages = [hook.ema_model.state_dict() for hook in runner.hooks if isinstance(hook, EMAHook)]
    state = runner.optim_wrapper.state_dict()
    tensors = [*runner.model.state_dict().values(), *(v for a in averages for v in a.values())]
    tensors += [part["momentum_buffer"] for part in state["state"].values()]
    return tensors, [group["lr"] for group in state["param_groups"]]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    work = tmp_path_factory.mktemp("whole")
    runner = run(work)
    runner.train()
    return work, end(runner)


def by_hand(runner, place):
    runner.resume(place)


def as_asked(runner, place):
    runner._load_from, runner._resume = place, True
    runner.load_or_resume()


@pytest.mark.parametrize("resume", [by_hand, as_asked])
def test_resuming_by_hand_before_training_goes_on_exactly(whole, tmp_path, resume):
    work, (tensors, rates) = whole
    runner = run(tmp_path, randomness=dict(seed=99))
    resume(runner, str(work / "iter_4.pth"))
    saved = read_checkpoint(work / "iter_4.pth")
    assert (runner.iter, runner.seed) == (4, 3)
    assert runner.optim_wrapper.param_groups[0]["lr"] == saved["optimizer"]["param_groups"][0]["lr"]
    assert runner.param_schedulers[0].last_step == saved["param_schedulers"][0]["last_step"]
    runner.train()
    found, own_rates = end(runner)
    assert own_rates == rates and all(torch.equal(a, b) for a, b in zip(found, tensors, strict=True))
    assert runner.model.initialised == 0


def test_a_resumed_run_leaves_what_it_came_from_to_be_resumed_again(whole, tmp_path):
    work, _ = whole
    for name in ("iter_4.pth", "iter_8.pth"):
        (tmp_path / name).write_bytes((work / name).read_bytes())
    runner = run(tmp_path)
    runner.resume(str(tmp_path / "iter_4.pth"))
    runner.train_loop.stop_training = True
    runner.train()
    again = run(tmp_path, resume=True)
    again.load_or_resume()
    assert again.iter in (4, 8)


def test_weights_loaded_by_hand_are_trained_on(whole, tmp_path):
    """Not those that `init_weights` gives, and the averages begin with them."""
    work, _ = whole
    given = read_checkpoint(work / "iter_8.pth")["state_dict"]
    runner = run(tmp_path)
    runner.load_checkpoint(str(work / "iter_8.pth"))
    runner.train_loop.stop_training = True
    runner.train()
    average = next(h for h in runner.hooks if isinstance(h, EMAHook)).ema_model.module.state_dict()
    for state in (runner.model.state_dict(), average):
        assert all(torch.equal(state[name], value) for name, value in given.items())


def test_a_validation_after_the_training_is_of_the_averaged_weights(tmp_path):
    runner = run(tmp_path)
    runner.train()
    seen = []
    runner.val_loop.run_iter = lambda *_: seen.append(runner.model.linear.weight.clone())
    runner.val_evaluator.metrics[0].results = [0]
    runner.val()
    saved = read_checkpoint(tmp_path / "iter_11.pth")
    assert torch.equal(seen[0], saved["state_dict"]["linear.weight"])
    assert not torch.equal(seen[0], saved["ema_state_dict"]["module.linear.weight"])


def test_a_validation_alone_is_of_load_from_or_of_the_newest_checkpoint(whole, tmp_path):
    work, _ = whole
    for name in ("iter_4.pth", "iter_11.pth"):
        (tmp_path / name).write_bytes((work / name).read_bytes())
    for options, expected in [
        (dict(resume=True), "iter_11.pth"),
        (dict(load_from=str(work / "iter_4.pth")), "iter_4.pth"),
        (dict(resume=True, load_from=str(work / "iter_4.pth")), "iter_4.pth"),
    ]:
        runner = run(tmp_path, hooks=(), **options)
        runner.val()
        weight = read_checkpoint(work / expected)["state_dict"]["linear.weight"]
        raw = read_checkpoint(work / expected)["ema_state_dict"]["module.linear.weight"]
        assert any(torch.equal(runner.model.linear.weight, w) for w in (weight, raw)), options


def test_a_run_that_does_not_train_cannot_be_resumed(whole, tmp_path):
    absent = ("train_dataloader", "train_cfg", "optim_wrapper", "param_scheduler")
    runner = toy(tmp_path, **dict.fromkeys(absent))
    with pytest.raises(ValueError, match=r"iter_4\.pth cannot be resumed: the run has no train_dataloader"):
        runner.resume(str(whole[0] / "iter_4.pth"))


def test_classes_of_other_names_are_said(whole, tmp_path, caplog):
    runner = run(tmp_path, log_level="WARNING")
    runner.train_dataloader.dataset.dataset.metainfo = dict(classes=("low", "tall"))
    MMLogger.get_current_instance().addHandler(caplog.handler)
    runner.resume(str(whole[0] / "iter_4.pth"))
    assert "class 1 is 'high' there and 'tall' here" in caplog.text


class Stream(IterableDataset):
    """The points one after the other, one and a third passes of them: no length, no sampler."""

    metainfo = Points.metainfo

    def __iter__(self):
        return (Points()[index % 12] for index in range(16))


def test_a_stream_is_resumed_by_loading_what_was_taken(tmp_path):
    def run(work, **options):
        loader = dict(dataset=Stream(), batch_size=4, num_workers=0, sampler=None)
        return toy(work, checkpoint=HOOK, train_dataloader=loader, param_scheduler=None, **options)

    whole = run(tmp_path / "whole")
    whole.train()
    resumed = run(tmp_path / "resumed")
    resumed.resume(str(tmp_path / "whole" / "iter_8.pth"))
    resumed.train()
    assert torch.equal(whole.model.linear.weight, resumed.model.linear.weight)
