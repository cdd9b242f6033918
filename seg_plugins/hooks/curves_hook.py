"""Loss and metric curves as a picture in the work directory."""

from collections import defaultdict
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mmengine.dist import master_only
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS

from seg_plugins.files.atomic import atomic_path
from seg_plugins.report.scalars import read_scalars

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["CurvesHook", "draw_curves", "split_series"]

Series = dict[str, dict[int, float]]
TIMES = ("time", "data_time", "memory", "step", "iter", "epoch", "base_lr")


def split_series(lines: Sequence[dict[str, Any]]) -> tuple[Series, Series]:
    """Divide what a run logged into curves.

    Args:
        lines: As `read_scalars` gives them.

    Returns:
        Training and validation values: name to iteration to value.
    """
    training, validation = defaultdict(dict), defaultdict(dict)
    for line in lines:
        target = training if "lr" in line or "loss" in line else validation
        for name, value in line.items():
            if name not in TIMES and isinstance(value, int | float):
                target[name][line["step"]] = value
    return dict(training), dict(validation)


def draw_curves(training: Series, validation: Series, metrics: Sequence[str] = ()) -> "Figure":
    """Losses above, metrics below, over the iterations.

    Args:
        training: Name to iteration to value; names with "loss" are drawn, `lr` on an axis of its own.
        validation: Name to iteration to value.
        metrics: Validation values to draw; by default the means (`mIoU`, `aAcc`, ...), no single classes.
    """
    from matplotlib.figure import Figure  # half a second that an import of the package need not wait

    figure = Figure(figsize=(8, 7), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    total = training.get("loss")
    parts = sorted(n for n, v in training.items() if "loss" in n and n != "loss" and v != total)
    for name in (["loss"] if total else []) + parts:
        upper.plot(*zip(*sorted(training[name].items()), strict=True), label=name, linewidth=1.2)
    if "lr" in training:
        rate = upper.twinx()
        rate.plot(*zip(*sorted(training["lr"].items()), strict=True), color="0.6", linestyle=":")
        rate.set_ylabel("learning rate (dotted)")
    upper.set_ylabel("loss")
    if "val/loss" in validation:
        upper.plot(*zip(*sorted(validation["val/loss"].items()), strict=True), "o--", label="validation loss")
    if upper.lines and upper.dataLim.y0 >= 0:
        upper.set_ylim(bottom=0)
    for name in metrics or [n for n in validation if "." not in n and "loss" not in n and n[0] in "am"]:
        lower.plot(*zip(*sorted(validation[name].items()), strict=True), "o-", label=name, markersize=4)
    lower.set(xlabel="iteration", ylabel="validation")
    for axes in (upper, lower):
        axes.grid(alpha=0.3)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=8)
    return figure


@HOOKS.register_module()
class CurvesHook(Hook):
    """Write `curves.png` into the work directory, after each validation and at the end.

    It draws what upstream's `LocalVisBackend` logged, so it needs that backend in the visualizer.

    Args:
        metrics: Validation values to draw; by default the means over classes.
    """

    priority = "LOWEST"

    def __init__(self, metrics: Sequence[str] = ()) -> None:
        self.metrics = metrics

    @master_only
    def draw(self, runner: Runner) -> None:
        """Draw what is logged by now."""
        training, validation = split_series(read_scalars(runner.work_dir))
        if training or validation:
            metrics = [m for m in self.metrics if m in validation]
            with atomic_path(Path(runner.work_dir) / "curves.png") as path:
                draw_curves(training, validation, metrics).savefig(path, dpi=100)

    def after_val_epoch(self, runner: Runner, metrics: dict[str, float] | None = None) -> None:
        """Draw."""
        self.draw(runner)

    def after_train(self, runner: Runner) -> None:
        """Draw."""
        self.draw(runner)
