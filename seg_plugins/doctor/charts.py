"""Charts of a data set: the frequency of each class, and the sizes of the images."""

from collections.abc import Mapping, Sequence

import numpy as np
from matplotlib.figure import Figure

from seg_plugins.ops.painting import default_palette, label_text
from seg_plugins.report.figures import png_of

__all__ = ["class_chart", "size_chart", "size_words"]

WIDEST_LINEAR = 100  # largest ratio of the most frequent class to the rarest on a linear axis
COLOURS = (default_palette(4)[[1, 0, 2, 3]] / 255).tolist()  # colours of the splits
MARKS = "os^D"


def class_chart(pixels: Mapping[str, Sequence[int]], classes: Sequence[str]) -> bytes:
    """Draw the fraction of each class in each split, as PNG: bars, or points on a logarithmic axis.

    Args:
        pixels: Split -> K pixel counts.
        classes: K names.
    """
    shares = {name: 100 * np.array(n, float) / max(sum(n), 1) for name, n in pixels.items()}
    there = np.concatenate([s[s > 0] for s in shares.values()] or [np.zeros(0)])
    wide = len(there) > 0 and bool(there.max() / there.min() > WIDEST_LINEAR)
    figure = Figure(
        figsize=(8, 1.3 + len(classes) * (0.14 + 0.16 * len(shares))), dpi=110, layout="constrained"
    )
    axes = figure.subplots()
    height = 0.8 / max(len(shares), 1)
    for i, (name, share) in enumerate(shares.items()):
        places = np.arange(len(classes)) + (i - 0.5 * (len(shares) - 1)) * height
        colour = COLOURS[i % len(COLOURS)]
        if wide:
            seen = share > 0
            axes.plot(share[seen], places[seen], MARKS[i % len(MARKS)], color=colour, label=name)
        else:
            bars = axes.barh(places, share, 0.92 * height, color=colour, label=name)
            axes.bar_label(bars, [f"{v:.2g}" for v in share], padding=3, fontsize=7)
    if wide:
        axes.set_xscale("log")
        axes.xaxis.set_major_formatter("{x:g}")
        low = 10 ** np.floor(np.log10(there.min()))
        axes.set_xlim(low if there.min() > low else low / 2, 110)
        axes.grid(axis="x", alpha=0.3)
    else:
        axes.set_xlim(0, 1.12 * max(there.max(initial=0), 0.01))
    axes.set_xlabel("% of the labelled pixels" + " (logarithmic axis)" * wide)
    axes.set_yticks(range(len(classes)), list(map(label_text, classes)), fontsize=8)
    axes.set_ylim(len(classes) - 0.4, -0.6)
    axes.spines[["top", "right"]].set_visible(False)
    if shares:
        figure.legend(frameon=False, fontsize=8, loc="outside lower center", ncols=4)
    return png_of(figure)


def size_words(sizes: Mapping[str, Sequence[Sequence[int]]]) -> str:
    """Describe the sizes of the images.

    Args:
        sizes: Split -> (height, width, number of images).

    >>> size_words({"train": [(3, 4, 7)], "val": [(3, 4, 2)]})
    'All images are 4 x 3 (width x height).'
    """
    every = [(w, h, n) for rows in sizes.values() for h, w, n in rows]
    kinds = sorted({(w * h, w, h) for w, h, _ in every})
    if not kinds:
        return "No image could be read."
    if len(kinds) == 1:
        return f"All images are {kinds[0][1]} x {kinds[0][2]} (width x height)."
    widths, heights = (np.repeat([e[k] for e in every], [e[2] for e in every]) for k in (0, 1))
    (_, *least), (_, *most) = kinds[0], kinds[-1]
    return (
        f"{len(kinds)} sizes (width x height), from {least[0]} x {least[1]} to {most[0]} x {most[1]}; "
        f"median {np.median(widths):.0f} x {np.median(heights):.0f}."
    )


def size_chart(sizes: Mapping[str, Sequence[Sequence[int]]]) -> bytes | None:
    """Draw widths and heights of the images as PNG, with larger points for more images; None for one size.

    Args:
        sizes: Split -> (height, width, number of images).
    """
    if len({(h, w) for rows in sizes.values() for h, w, _ in rows}) < 2:
        return None
    figure = Figure(figsize=(6.4, 5), dpi=110, layout="constrained")
    axes = figure.subplots()
    for i, (name, rows) in enumerate(sizes.items()):
        heights, widths, numbers = np.array(rows).reshape(-1, 3).T
        mark, colour = MARKS[i % len(MARKS)], COLOURS[i % len(COLOURS)]
        area = 18 * np.sqrt(numbers)
        axes.scatter(widths, heights, area, marker=mark, color=colour, alpha=0.6, label=name, linewidths=0)
    axes.set_xlim(0, 1.05 * axes.dataLim.x1)
    axes.set_ylim(0, 1.05 * axes.dataLim.y1)
    axes.set(xlabel="width in pixels", ylabel="height in pixels")
    axes.grid(alpha=0.3)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(frameon=False, fontsize=8, loc="outside lower center", ncols=4)
    return png_of(figure)
