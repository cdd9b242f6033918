"""Figures of an evaluation. Each function returns a PNG; nothing is displayed and no global state changes."""

import io
from collections.abc import Sequence

import numpy as np
from matplotlib.figure import Figure

from seg_plugins.ops.coverage import coverage_curve, coverage_scores
from seg_plugins.ops.painting import label_text

__all__ = [
    "class_bars",
    "confusion_figure",
    "coverage_figure",
    "image_scatter",
    "png_of",
    "reliability_figure",
]

COLOURS = ("#0072b2", "#d55e00")
_NUMBERS_UP_TO = 25


def confusion_figure(matrix: np.ndarray, classes: Sequence[str]) -> bytes:
    """Draw the confusion matrix in per cent of each true class.

    Args:
        matrix: (K, K) pixels, row = truth, column = prediction.
        classes: K names.

    Returns:
        PNG. Classes without a true pixel have an empty row.
    """
    total = matrix.sum(axis=1, keepdims=True)
    share = np.divide(100.0 * matrix, total, out=np.full(matrix.shape, np.nan), where=total > 0)
    k, classes = len(classes), list(map(label_text, classes))
    side = min(2.2 + 0.3 * k, 22)
    figure = Figure(figsize=(side + 0.6, side), dpi=110, layout="constrained")
    axes = figure.subplots()
    axes.set_facecolor("#f2f2f2")
    drawn = axes.imshow(share, cmap="Blues", vmin=0, vmax=100)
    size = 8 if k <= _NUMBERS_UP_TO else max(3, 200 / k)
    axes.set_xticks(range(k), classes, rotation=45, ha="right", rotation_mode="anchor", fontsize=size)
    axes.set_yticks(range(k), classes, fontsize=size)
    axes.set_xlabel("predicted")
    axes.set_ylabel("true")
    if k <= _NUMBERS_UP_TO:
        for (row, column), value in np.ndenumerate(share):
            if value >= 0.5:
                colour = "white" if value > 60 else "#223"
                axes.text(column, row, f"{value:.0f}", ha="center", va="center", fontsize=7, color=colour)
    figure.colorbar(drawn, ax=axes, shrink=0.7, fraction=0.05, label="% of the true class's pixels")
    return png_of(figure)


def class_bars(runs: dict[str, np.ndarray], classes: Sequence[str], label: str = "IoU") -> bytes:
    """Draw horizontal bars per class, the best of the first run on top.

    Args:
        runs: Name of a run and its scores (K,) in 0..100; one or two runs. Classes that are nan in all are
            left out.
        classes: K names.
        label: Name of the score.

    Returns:
        PNG.
    """
    values = np.array(list(runs.values()))
    shown = np.flatnonzero(~np.isnan(values).all(axis=0))
    order = shown[np.argsort(np.nan_to_num(values[0, shown], nan=-1))]
    height = 0.8 / len(runs)
    figure = Figure(
        figsize=(8, 1.5 + 0.27 * len(order) * (1 + 0.4 * (len(runs) - 1))), dpi=110, layout="constrained"
    )
    axes = figure.subplots()
    for i, (name, scores) in enumerate(runs.items()):
        offset = (0.5 * (len(runs) - 1) - i) * height
        bars = axes.barh(
            np.arange(len(order)) + offset,
            scores[order],
            height * 0.94,
            color=COLOURS[i],
            label=label_text(name),
        )
        axes.bar_label(bars, [f"{v:.1f}" for v in scores[order]], padding=3, fontsize=7)
        mean = np.nanmean(scores) if not np.isnan(scores).all() else 0
        axes.axvline(mean, color=COLOURS[i], lw=1, ls="--", label=f"mean {mean:.1f}")
    axes.set_yticks(range(len(order)), [label_text(classes[i]) for i in order], fontsize=8)
    axes.set_xlim(0, 106)
    axes.set_ylim(-0.6, len(order) - 0.4)
    axes.set_xlabel(f"{label} (%)")
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, fontsize=8, loc="outside lower center", ncols=2)
    return png_of(figure)


def reliability_figure(runs: dict[str, np.ndarray]) -> bytes:
    """Draw a reliability diagram (accuracy against confidence) above the fraction of pixels per bin.

    Args:
        runs: Name of a run and its bins (3, B): pixels, sum of confidences, correct pixels.

    Returns:
        PNG.
    """
    figure = Figure(figsize=(5.2, 5.6), dpi=110, layout="constrained")
    top, bottom = figure.subplots(2, 1, sharex=True, height_ratios=[3, 1])
    top.plot([0, 1], [0, 1], color="#999", lw=1, ls="--", label="calibrated")
    for i, (name, (pixels, confidence, right)) in enumerate(runs.items()):
        edges = np.linspace(0, 1, len(pixels) + 1)
        seen = pixels > 0
        top.plot(
            confidence[seen] / pixels[seen],
            right[seen] / pixels[seen],
            "o-",
            ms=4,
            color=COLOURS[i],
            label=label_text(name),
        )
        bottom.stairs(
            100 * pixels / max(pixels.sum(), 1), edges, color=COLOURS[i], fill=len(runs) == 1, lw=1.5
        )
    top.set_ylabel("fraction of correct pixels")
    top.set_ylim(0, 1.02)
    top.legend(frameon=False, fontsize=8)
    bottom.set_ylabel("% of pixels")
    bottom.set_xlabel("confidence (probability of the predicted class)")
    bottom.set_xlim(0, 1)
    for axes in (top, bottom):
        axes.spines[["top", "right"]].set_visible(False)
    return png_of(figure)


def coverage_figure(runs: dict[str, np.ndarray]) -> bytes:
    """Draw the accuracy of the most confident pixels over the fraction kept, marked at 80 % and 90 %.

    Args:
        runs: Name of a run and its bins (3, B): pixels, sum of confidences, correct pixels.

    Returns:
        PNG.
    """
    figure = Figure(figsize=(6.4, 4.2), dpi=110, layout="constrained")
    axes = figure.subplots()
    for i, (name, table) in enumerate(runs.items()):
        coverage, accuracy = (100 * values for values in coverage_curve(table))
        seen = coverage > 0
        scores = {key: 100 * value for key, value in coverage_scores(table).items()}
        label = f"{label_text(name)}, AURC {scores['AURC']:.2f}"
        axes.plot(coverage[seen], accuracy[seen], lw=1.8, color=COLOURS[i], label=label)
        for share in (80, 90):
            axes.plot(share, scores[f"acc@{share}"], "o", ms=5, color=COLOURS[i])
            axes.annotate(
                f"{scores[f'acc@{share}']:.1f}",
                (share, scores[f"acc@{share}"]),
                xytext=(5, 5) if i == 0 else (-5, -12),
                textcoords="offset points",
                ha="left" if i == 0 else "right",
                fontsize=8,
                color=COLOURS[i],
            )
    axes.set_xlim(0, 101)
    axes.set_xlabel("coverage (% of pixels kept, most confident first)")
    axes.set_ylabel("accuracy of the pixels kept (%)")
    axes.legend(frameon=False, fontsize=8, loc="lower left")
    axes.grid(color="#eee")
    axes.spines[["top", "right"]].set_visible(False)
    return png_of(figure)


def image_scatter(scores: np.ndarray, names: Sequence[str]) -> bytes:
    """Draw each image's mIoU in one run against the other.

    Args:
        scores: (2, images) in 0..100.
        names: Names of the two runs.

    Returns:
        PNG.
    """
    figure = Figure(figsize=(5.2, 5.2), dpi=110, layout="constrained")
    axes = figure.subplots()
    axes.plot([0, 100], [0, 100], color="#999", lw=1, ls="--")
    above = scores[1] >= scores[0]
    for chosen, colour in ((above, COLOURS[1]), (~above, COLOURS[0])):
        axes.scatter(*scores[:, chosen], s=14, color=colour, alpha=0.7, linewidths=0)
    low = max(0, float(scores.min()) - 3)
    axes.set(xlim=(low, 100), ylim=(low, 100), aspect="equal")
    axes.set_xlabel(f"mIoU of the image, {label_text(names[0])}")
    axes.set_ylabel(f"mIoU of the image, {label_text(names[1])}")
    axes.spines[["top", "right"]].set_visible(False)
    return png_of(figure)


def png_of(figure: Figure) -> bytes:
    """Encode a figure as PNG; equal figures give equal bytes."""
    buffer = io.BytesIO()
    figure.savefig(buffer, format="png", metadata={"Software": None})
    return buffer.getvalue()
