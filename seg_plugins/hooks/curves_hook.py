"""Loss and metric curves as a picture in the work directory."""

from collections.abc import Sequence
from pathlib import Path

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from seg_plugins.files.atomic import atomic_path
from seg_plugins.report.curves import draw_curves, split_series
from seg_plugins.report.scalars import read_scalars

__all__ = ["CurvesHook"]


@HOOKS.register_module()
class CurvesHook(Hook):
    """Write `curves.png` into the work directory, after each validation and at the end.

    The curves show what upstream's `LocalVisBackend` logged, so the visualizer needs that backend.

    Args:
        metrics: Validation metrics to draw; by default the means over classes.
    """

    priority = "LOWEST"

    def __init__(self, metrics: Sequence[str] = ()) -> None:
        self.metrics = metrics

    @master_only
    def draw(self, runner: Runner) -> None:
        """Draw the values logged so far."""
        training, validation = split_series(read_scalars(runner.work_dir))
        if training or validation:
            metrics = [m for m in self.metrics if m in validation]
            with atomic_path(Path(runner.work_dir) / "curves.png") as path:
                draw_curves(training, validation, metrics).savefig(path, dpi=100)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Draw the curves."""
        self.draw(runner)

    def after_train(self, runner: Runner) -> None:
        """Draw the curves."""
        self.draw(runner)
