from mmengine.hooks import EarlyStoppingHook, EMAHook, Hook
from torch import nn

from seg_plugins.runners.hook_states import (
    hook_states,
    kept_networks,
    leave_validation,
    load_hook_states,
    load_rank_states,
    rank_states,
)
from tests.runners.toy import toy


class Own(Hook):
    """A user's hook that has all that a hook can have."""

    def __init__(self, count=0):
        self.count, self.teacher, self.left = count, nn.BatchNorm1d(2), False

    def state_dict(self):
        return {"count": self.count}

    def load_state_dict(self, state_dict):
        self.count = state_dict["count"]

    rank_state, load_rank_state = state_dict, load_state_dict

    def networks(self):
        return [self.teacher]

    def leave_validation(self, runner):
        self.left = True


def of(runner):
    return [hook for hook in runner.hooks if isinstance(hook, Own)]


def test_a_hook_of_any_class_takes_part_by_its_methods(tmp_path):
    saved, resumed = (toy(tmp_path, custom_hooks=[Own(n), Own(n + 1), Hook()]) for n in (3, 0))
    assert hook_states(saved) == {"Own.0": {"count": 3}, "Own.1": {"count": 4}}
    load_hook_states(resumed, hook_states(saved))
    assert [hook.count for hook in of(resumed)] == [3, 4]
    load_rank_states(resumed, [{"count": 8}, {"count": 9}])
    assert rank_states(resumed) == [{"count": 8}, {"count": 9}]
    assert kept_networks(resumed) == [hook.teacher for hook in of(resumed)]
    leave_validation(resumed)
    assert all(hook.left for hook in of(resumed))


def test_a_hook_that_is_new_in_the_config_starts_afresh(tmp_path):
    resumed = toy(tmp_path, custom_hooks=[Own(5)])
    load_hook_states(resumed, {"Gone.0": {"count": 1}})
    assert of(resumed)[0].count == 5


def test_an_exact_hook_has_the_name_of_upstreams_in_checkpoints(tmp_path):
    """As checkpoints have it that were written before there were exact hooks."""
    stop = dict(type="EarlyStoppingHook", monitor="toy/acc", rule="greater")
    runner = toy(tmp_path, custom_hooks=[stop, dict(type="EMAHook")])
    assert {type(hook).__name__ for hook in runner.hooks} >= {"ExactEarlyStoppingHook", "ExactEMAHook"}
    runner.call_hook("before_run")
    assert hook_states(runner).keys() == {"EarlyStoppingHook.0"}
    average = next(hook for hook in runner.hooks if isinstance(hook, EMAHook))
    assert kept_networks(runner) == [average.ema_model]
    load_hook_states(
        runner, {"EarlyStoppingHook.0": {"wait_count": 2, "best_score": 0.5, "stop_training": False}}
    )
    stopping = next(hook for hook in runner.hooks if isinstance(hook, EarlyStoppingHook))
    assert (stopping.wait_count, stopping.best_score) == (2, 0.5)
