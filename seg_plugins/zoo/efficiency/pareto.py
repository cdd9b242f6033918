"""The networks that no other beats in both time and accuracy, and their picture."""

from collections.abc import Sequence
from html import escape
from math import log10

from ..tables.curve_chart import ticks

__all__ = ["pareto_chart", "pareto_front"]

WIDTH, HEIGHT = 620, 330  # of the area inside the axes, in pixels
LEFT, TOP, RIGHT, BOTTOM = 52, 20, 130, 44  # margins, in pixels
STYLE = (
    "text{font:12px sans-serif;fill:#333}.front text{font-weight:bold}.axis{stroke:#888;fill:none}"
    ".tick{stroke:#ddd}circle{fill:#9a9a9a}.front circle{fill:#0072b2}.line{stroke:#0072b2;fill:none}"
)

Point = tuple[str, float, float]


def pareto_front(points: Sequence[Point]) -> list[str]:
    """Return the names of the points that no other point beats, the cheapest first.

    Args:
        points: Name, cost (the less the better) and value (the more the better) of each point.

    >>> pareto_front([("slow", 9, 60), ("fast", 1, 50), ("worse", 2, 49), ("equal", 1, 50), ("good", 3, 58)])
    ['fast', 'equal', 'good', 'slow']
    """
    kept: list[Point] = []
    for point in sorted(points, key=lambda p: (p[1], -p[2])):
        if not kept or point[2] > kept[-1][2] or point[1:] == kept[-1][1:]:
            kept.append(point)
    return [name for name, _, _ in kept]


def pareto_chart(points: Sequence[Point], across: str, up: str) -> str:
    """Draw points as an SVG with a logarithmic axis of costs; those of the front are joined and bold.

    Args:
        points: Name, cost (above 0) and value of each point; at least one.
        across: The title of the axis of costs.
        up: The title of the axis of values.
    """
    front = pareto_front(points)
    low, high = (bound(p[2] for p in points) for bound in (min, max))
    low, high = low - 2, high + 2
    left, right = (log10(bound(p[1] for p in points)) for bound in (min, max))
    left, right = left - 0.05, right + 0.05

    def place(cost: float, value: float) -> tuple[float, float]:
        x = LEFT + (log10(cost) - left) / (right - left) * WIDTH
        return x, TOP + (high - value) / (high - low) * HEIGHT

    drawn = [f'<path class="axis" d="M{LEFT} {TOP}v{HEIGHT}h{WIDTH}"/>']
    for tick in ticks(low, high, 6):
        y = place(1, tick)[1]
        drawn.append(f'<path class="tick" d="M{LEFT} {y:.1f}h{WIDTH}"/>')
        drawn.append(f'<text x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">{tick:g}</text>')
    for tick in (factor * 10.0**power for power in range(-1, 6) for factor in (1, 2, 5)):
        if left <= log10(tick) <= right:
            x = place(tick, low)[0]
            drawn.append(f'<path class="tick" d="M{x:.1f} {TOP}v{HEIGHT}"/>')
            drawn.append(f'<text x="{x:.1f}" y="{TOP + HEIGHT + 16}" text-anchor="middle">{tick:g}</text>')
    by_name = {p[0]: p for p in points}
    corners = " ".join(f"{x:.1f},{y:.1f}" for x, y in (place(*by_name[name][1:]) for name in front))
    drawn.append(f'<polyline class="line" points="{corners}"/>')
    drawn += _marks([(name, *place(cost, value)) for name, cost, value in points], set(front))
    middle, end = LEFT + WIDTH / 2, TOP + HEIGHT + 36
    drawn.append(f'<text x="{middle:.0f}" y="{end}" text-anchor="middle">{escape(across)}</text>')
    drawn.append(f'<text x="6" y="{TOP - 6}">{escape(up)}</text>')
    size = f"{LEFT + WIDTH + RIGHT} {TOP + HEIGHT + BOTTOM}"
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size}"><style>{STYLE}</style>'
        f'<rect width="100%" height="100%" fill="#fff"/>{"".join(drawn)}</svg>\n'
    )


def _marks(placed: Sequence[tuple[str, float, float]], front: set[str]) -> list[str]:
    """Draw each point with its name, which moves down or up until it covers no other name."""
    drawn, taken = [], []
    for name, x, y in sorted(placed, key=lambda mark: (mark[0] not in front, mark[2])):
        long = 7.2 * len(name)
        shifts = (0, -13, 13, -26, 26, -39, 39)
        free = (
            s for s in shifts if all(abs(y + s - v) >= 12 or x + long < u or u + w < x for u, v, w in taken)
        )
        label = y + next(free, 0)
        taken.append((x, label, long))
        kind = ' class="front"' if name in front else ""
        drawn.append(
            f'<g{kind}><circle cx="{x:.1f}" cy="{y:.1f}" r="4"/>'
            f'<text x="{x + 7:.1f}" y="{label + 4:.1f}">{escape(name)}</text></g>'
        )
    return drawn
