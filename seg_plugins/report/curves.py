"""Loss and metric curves of a run."""

from collections import defaultdict
from collections.abc import Sequence
from itertools import cycle
from typing import TYPE_CHECKING, Any

from seg_plugins.ops.painting import default_palette

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["draw_curves", "split_series"]

Series = dict[str, dict[int, float]]
TIMES = ("time", "data_time", "memory", "step", "iter", "epoch", "base_lr")


def split_series(lines: Sequence[dict[str, Any]]) -> tuple[Series, Series]:
    """Divide the log of a run into curves.

    Args:
        lines: Lines as `read_scalars` returns them.

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


def points(series: dict[int, float]) -> tuple[list[int], list[float]]:
    """Return iterations and values of a curve, in order."""
    steps = sorted(series)
    return steps, [series[step] for step in steps]


def draw_curves(training: Series, validation: Series, metrics: Sequence[str] = ()) -> "Figure":
    """Draw losses above and metrics below, over the iterations.

    Args:
        training: Name to iteration to value; names with "loss" are drawn, `lr` on a separate axis.
        validation: Name to iteration to value.
        metrics: Validation values to draw; by default the means (`mIoU`, `aAcc`, ...), without single
            classes.
    """
    from matplotlib.figure import Figure  # imported late, since it takes half a second

    figure = Figure(figsize=(8, 7), layout="constrained")
    upper, lower = figure.subplots(2, 1, sharex=True)
    total = training.get("loss")
    parts = sorted(n for n, v in training.items() if "loss" in n and n != "loss" and v != total)
    colors = (default_palette(20) / 255).tolist()[1:]
    for name, color in zip((["loss"] if total else []) + parts, cycle(colors)):
        mark = "." if len(training[name]) < 3 else ""  # a line of one point would not be seen
        upper.plot(*points(training[name]), label=name, linewidth=1.2, color=color, marker=mark)
    if "lr" in training:
        rate = upper.twinx()
        mark = "." if len(training["lr"]) < 3 else ""
        rate.plot(*points(training["lr"]), color="0.6", linestyle=":", marker=mark)
        rate.set_ylabel("learning rate (dotted)")
    upper.set_ylabel("loss")
    if "val/loss" in validation:
        orange = default_palette(1)[0] / 255
        upper.plot(
            *points(validation["val/loss"]), "o--", label="validation loss", color=orange, markersize=4
        )
    if upper.lines and upper.dataLim.y0 >= 0:
        upper.set_ylim(bottom=0)
    means = metrics or [n for n in validation if "." not in n and "loss" not in n and n[0] in "am"]
    for name, color in zip(means, cycle(colors)):
        lower.plot(*points(validation[name]), "o-", label=name, markersize=4, color=color)
    lower.set(xlabel="iteration", ylabel="validation")
    for axes in (upper, lower):
        axes.grid(alpha=0.3)
        if axes.get_legend_handles_labels()[0]:
            axes.legend(fontsize=8)
    return figure
