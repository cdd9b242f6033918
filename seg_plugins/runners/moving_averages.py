"""Moving averages of the weights, made once a run."""

from functools import partial

from mmengine.hooks import EMAHook
from mmengine.runner import Runner
from torch import nn

from seg_plugins.ops.replacing import replace_method
from seg_plugins.ops.unwrapping import unwrapped

__all__ = ["kept_networks", "make_averages", "with_raw_weights"]


def _average_hooks(runner: Runner) -> list[EMAHook]:
    return [hook for hook in runner.hooks if isinstance(hook, EMAHook)]


def kept_networks(runner: Runner) -> list[nn.Module]:
    """Networks that hooks keep beside the model, such as averages and teachers, in the hooks' order.

    A hook names its own by a method `networks`; upstream's ``EMAHook`` has none.
    """
    found: list[nn.Module] = []
    for hook in runner.hooks:
        if hasattr(hook, "networks"):
            found += hook.networks()
        elif isinstance(hook, EMAHook):
            found.append(hook.ema_model)
    return found


def make_averages(runner: Runner) -> None:
    """Let every ``EMAHook`` have its average, and keep it.

    Upstream's hook makes one in each ``before_run``: a checkpoint loaded before it finds none, and a test
    after the training would be of the raw weights.
    """
    for hook in _average_hooks(runner):
        _make_once(hook, runner)
        replace_method(hook, "before_run", lambda _, hook=hook: partial(_make_once, hook))


def _make_once(hook: EMAHook, runner: Runner) -> None:
    if getattr(hook, "src_model", None) is not unwrapped(runner.model):
        type(hook).before_run(hook, runner)


def with_raw_weights(runner: Runner) -> None:
    """Give the model its own weights back within a validation, during which it has the averaged ones."""
    for hook in _average_hooks(runner):
        hook.after_val_epoch(runner)
