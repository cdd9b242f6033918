"""Moving averages of the weights, created once per run."""

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
    """Return the networks that hooks keep beside the model (averages, teachers), in the hooks' order.

    A hook lists its networks in a method `networks`; upstream's ``EMAHook`` has none.
    """
    found: list[nn.Module] = []
    for hook in runner.hooks:
        if hasattr(hook, "networks"):
            found += hook.networks()
        elif isinstance(hook, EMAHook):
            found.append(hook.ema_model)
    return found


def make_averages(runner: Runner) -> None:
    """Create the average of every ``EMAHook`` once.

    Upstream's hook creates one in each ``before_run``. A checkpoint loaded earlier finds none, and a test
    after the training would use the raw weights.
    """
    for hook in _average_hooks(runner):
        _make_once(hook, runner)
        replace_method(hook, "before_run", lambda _, hook=hook: partial(_make_once, hook))


def _make_once(hook: EMAHook, runner: Runner) -> None:
    if getattr(hook, "src_model", None) is not unwrapped(runner.model):
        type(hook).before_run(hook, runner)


def with_raw_weights(runner: Runner) -> None:
    """Restore the model's own weights during a validation, in which it has the averaged ones."""
    for hook in _average_hooks(runner):
        hook.after_val_epoch(runner)
