"""What hooks keep of a run: the one protocol by which they are saved, resumed and stopped.

A hook takes part by having the methods, whatever its class:

* ``state_dict()`` and ``load_state_dict(state)``: plain values and tensors, equal on all ranks.
* ``rank_state()`` and ``load_rank_state(state)``: what each rank has of its own, or an empty dictionary.
* ``networks()``: networks kept beside the model, such as averages and teachers. The hook saves their weights,
  in upstream's ``before_save_checkpoint``; the run saves their buffers, which differ between ranks.
* ``leave_validation(runner)``: the run ends within a validation, and ``after_val_epoch`` will not be called.
"""

from collections.abc import Iterator
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from torch import nn

from .exactness import upstream_name

__all__ = [
    "hook_states",
    "kept_networks",
    "leave_validation",
    "load_hook_states",
    "load_rank_states",
    "rank_states",
]


def _having(runner: Runner, method: str) -> list[Any]:
    return [hook for hook in runner.hooks if hasattr(hook, method)]


def _named(runner: Runner) -> Iterator[tuple[str, Hook]]:
    """Hooks by their class's name and place among its like; an exact hook has the name of upstream's."""
    count: dict[str, int] = {}
    for hook in runner.hooks:
        name = upstream_name(type(hook).__name__)
        count[name] = count.get(name, -1) + 1
        yield f"{name}.{count[name]}", hook


def hook_states(runner: Runner) -> dict[str, dict]:
    """Return the state of every hook that has any, by name."""
    return {name: hook.state_dict() for name, hook in _named(runner) if hasattr(hook, "state_dict")}


def load_hook_states(runner: Runner, states: dict[str, dict]) -> None:
    """Give the hooks their state back; a hook that is new in the config starts afresh."""
    for name, hook in _named(runner):
        if name in states and hasattr(hook, "load_state_dict"):
            hook.load_state_dict(states[name])


def rank_states(runner: Runner) -> list[dict[str, Any]]:
    """Return what the hooks have on this rank of its own, in their order."""
    return [hook.rank_state() for hook in _having(runner, "rank_state")]


def load_rank_states(runner: Runner, states: list[dict[str, Any]]) -> None:
    """Give the hooks of this rank what `rank_states` returned."""
    for hook, saved in zip(_having(runner, "rank_state"), states, strict=False):
        hook.load_rank_state(saved)


def kept_networks(runner: Runner) -> list[nn.Module]:
    """Return the networks that hooks keep beside the model, in the hooks' order."""
    return [network for hook in _having(runner, "networks") for network in hook.networks()]


def leave_validation(runner: Runner) -> None:
    """Let the hooks undo what they did to the model for a validation that is not going to end."""
    for hook in _having(runner, "leave_validation"):
        hook.leave_validation(runner)
