"""The run itself stops and is resumed in `tests/loops` and `tests/runners`."""

from types import SimpleNamespace

import pytest

from seg_plugins.hooks import ExactEarlyStoppingHook


def run():
    return SimpleNamespace(train_loop=SimpleNamespace(stop_training=False), logger=None)


def hook(patience=2):
    return ExactEarlyStoppingHook(monitor="mIoU", rule="greater", patience=patience)


STOPPED = dict(wait_count=2, best_score=40.0, stop_training=True, patience=2)


@pytest.mark.parametrize("patience, stops", [(2, True), (3, False), (1, True)])
@pytest.mark.parametrize("by_hand", [True, False])
def test_a_run_that_stopped_goes_on_if_the_patience_is_raised(patience, stops, by_hand):
    """Resumed by hand, the state is there before the run; by `train`, after its beginning."""
    runner, resumed = run(), hook(patience)
    if by_hand:
        resumed.load_state_dict(STOPPED)
    resumed.before_run(runner)
    if not by_hand:
        resumed.load_state_dict(STOPPED)
    assert runner.train_loop.stop_training is stops
    assert resumed.state_dict() == STOPPED | dict(stop_training=stops, patience=patience)


def test_the_state_is_that_of_the_loop():
    runner, stopping = run(), hook()
    stopping.before_run(runner)
    assert not stopping.state_dict()["stop_training"]
    runner.train_loop.stop_training = True
    assert stopping.state_dict()["stop_training"]


def test_a_checkpoint_of_before_the_patience_was_recorded():
    runner, resumed = run(), hook()
    resumed.before_run(runner)
    resumed.load_state_dict({k: v for k, v in STOPPED.items() if k != "patience"})
    assert runner.train_loop.stop_training
