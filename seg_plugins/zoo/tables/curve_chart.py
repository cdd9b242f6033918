"""Curves of the runs of a model as a small SVG chart with axes."""

from collections.abc import Sequence
from html import escape
from itertools import cycle
from math import floor, isfinite, log10

from seg_plugins.ops.painting import default_palette

__all__ = ["curve_chart", "ticks"]

WIDTH, HEIGHT = 260, 110  # of the area inside the axes, in pixels
LEFT, BOTTOM, MARGIN = 44, 20, 8  # room for the numbers, in pixels
COLOURS = ["#{:02x}{:02x}{:02x}".format(*color) for color in default_palette(6).tolist()]
MOST_CURVES = 200
MOST_POINTS = 30  # of a run, for which every point is marked

Curve = Sequence[Sequence[float]]


def ticks(low: float, high: float, most: int = 4) -> list[float]:
    """Return round numbers between two others, 1, 2 or 5 times a power of ten apart.

    >>> ticks(0, 1000), ticks(47.2, 58.9)
    ([0.0, 500.0, 1000.0], [50.0, 55.0])
    """
    raw = (high - low) / most
    power = 10.0 ** floor(log10(raw))
    step = next(f * power for f in (1, 2, 5, 10) if f * power >= raw * (1 - 1e-9))
    first = -floor(-low / step + 1e-9)
    return [float(f"{i * step:.10g}") for i in range(first, floor(high / step + 1e-9) + 1)]


def curve_chart(curves: Sequence[tuple[int, Curve]], name: str) -> str:
    """Render the curves of all runs as an SVG, or "" if there is no point.

    Args:
        curves: Seed and (iteration, value) pairs of each run; values that are not finite are left out.
        name: The name of the values.
    """
    finite = [(seed, [(x, y) for x, y in curve if isfinite(y)]) for seed, curve in curves]
    runs = [(seed, run) for seed, run in finite if run]
    if not runs:
        return ""
    right = max(x for _, run in runs for x, _ in run) or 1
    values = [y for _, run in runs for _, y in run]
    low, high = min(values), max(values)
    room = 0.06 * (high - low) or max(abs(high) * 0.05, 0.5)
    low, high = low - room, high + room

    def place(x: float, y: float) -> tuple[float, float]:
        return LEFT + x / right * WIDTH, MARGIN + (high - y) / (high - low) * HEIGHT

    floor_y = MARGIN + HEIGHT
    drawn = [f'<path class="axis" d="M{LEFT} {MARGIN}V{floor_y}H{LEFT + WIDTH}"/>']
    for tick in ticks(low, high):
        y = place(0, tick)[1]
        drawn.append(f'<path class="tick" d="M{LEFT} {y:.1f}h{WIDTH}"/>')
        drawn.append(f'<text x="{LEFT - 5}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for tick in ticks(0, right, 3):
        drawn.append(
            f'<text x="{place(tick, low)[0]:.1f}" y="{floor_y + 15}" text-anchor="middle">{tick:g}</text>'
        )
    for (seed, run), colour in zip(runs[:MOST_CURVES], cycle(COLOURS), strict=False):
        drawn.append(draw_run([place(x, y) for x, y in run], colour, f"seed {seed}"))
    words = f"{escape(name)} over iterations"
    if len(runs) > MOST_CURVES:
        words += f", first {MOST_CURVES} of {len(runs)} runs"
    size = f"{LEFT + WIDTH + 18} {HEIGHT + MARGIN + BOTTOM}"
    chart = f'<svg viewBox="0 0 {size}" role="img" aria-label="{words}">{"".join(drawn)}</svg>'
    return f"<figure><figcaption>{words}</figcaption>{chart}{seed_legend(runs)}</figure>"


def draw_run(path: Sequence[tuple[float, float]], colour: str, title: str) -> str:
    """Render one run: a line, and a mark at each point where they are few."""
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in path)
    line = f'<polyline fill="none" stroke="{colour}" stroke-width="1.5" points="{corners}"/>' * (
        len(path) > 1
    )
    marked = path if len(path) <= MOST_POINTS else ()
    radius = 3.5 if len(path) == 1 else 2
    marks = "".join(f'<circle r="{radius}" fill="{colour}" cx="{x:.1f}" cy="{y:.1f}"/>' for x, y in marked)
    return f"<g><title>{title}</title>{line}{marks}</g>"


def seed_legend(runs: Sequence[tuple[int, Curve]]) -> str:
    """Render the colour of each seed, if there are several and each has its own."""
    if not 1 < len(runs) <= len(COLOURS):
        return ""
    entries = (
        f'<span><i class="swatch" style="background:{colour}"></i>seed {seed}</span>'
        for (seed, _), colour in zip(runs, COLOURS, strict=False)
    )
    return f'<div class="legend">{"".join(entries)}</div>'
