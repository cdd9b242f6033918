"""Moving averages of the weights, made once a run."""

from functools import partial

from mmengine.hooks import EMAHook
from mmengine.runner import Runner

from seg_plugins.ops.unwrapping import unwrapped

__all__ = ["make_averages", "with_raw_weights"]


def _average_hooks(runner: Runner) -> list[EMAHook]:
    return [hook for hook in runner.hooks if isinstance(hook, EMAHook)]


def make_averages(runner: Runner) -> None:
    """Let every ``EMAHook`` have its average, and keep it.

    Upstream's hook makes one in each ``before_run``: a checkpoint loaded before it finds none, and a test
    after the training would be of the raw weights.
    """
    for hook in _average_hooks(runner):
        _make_once(hook, runner)
        hook.before_run = partial(_make_once, hook)


def _make_once(hook: EMAHook, runner: Runner) -> None:
    if getattr(hook, "src_model", None) is not unwrapped(runner.model):
        type(hook).before_run(hook, runner)


def with_raw_weights(runner: Runner) -> None:
    """Give the model its own weights back within a validation, during which it has the averaged ones."""
    for hook in _average_hooks(runner):
        hook.after_val_epoch(runner)
