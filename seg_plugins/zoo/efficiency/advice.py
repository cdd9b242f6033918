"""Which networks of a data set fit a time limit on this machine."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from typing import Any

from ..suites.layout import Layout
from ..suites.suite import list_suites
from .efficiency_grid import best_figures
from .latency import data_token, known_latencies, measured_apart

__all__ = ["Advice", "anchors_of", "find_advice"]

ANCHORS = 4  # networks that are measured here; the others are scaled


@dataclass(frozen=True)
class Advice:
    """A network's time on this machine.

    Attributes:
        config: Its config below `configs/`.
        ms: Median milliseconds of one image.
        measured: Whether it was measured here; else the stored time was scaled.
        figure: The best mIoU that a record has, in per cent, or None.
        iterations: The iterations of that record.
    """

    config: str
    ms: float
    measured: bool
    figure: float | None
    iterations: int | None


def anchors_of(stored: Mapping[str, float], count: int = ANCHORS) -> list[str]:
    """Choose networks whose times are spread evenly from the fastest to the slowest.

    >>> anchors_of({"a": 1.0, "b": 2.0, "c": 3.0, "d": 10.0, "e": 20.0}, 3)
    ['a', 'c', 'e']
    """
    names = sorted(stored, key=lambda name: (stored[name], name))
    count = min(count, len(names))
    places = [round(i * (len(names) - 1) / max(1, count - 1)) for i in range(count)]
    return [names[place] for place in places]


def find_advice(
    layout: Layout,
    data: str,
    size: tuple[int, int] | None,
    threads: int,
    say: Callable[[str], None] = lambda line: None,
    measure: Callable[..., dict[str, Any] | None] = measured_apart,
) -> tuple[list[Advice], tuple[float, float]]:
    """Estimate the times of a data set's networks from a few that are measured now.

    Args:
        layout: The checkout.
        data: The data set's token in config names.
        size: Size (H, W) of an image in pixels; None is each config's training crop.
        threads: Threads of PyTorch.
        say: Function that is called with a line for every network that is measured.
        measure: Function that measures a config.

    Returns:
        All networks, the most accurate first; the smallest and the largest ratio of a time measured now to
        the stored one, between which the scale of the others lies.

    Raises:
        ValueError: The data set has no stored times, or no network could be measured.
    """
    known = known_latencies(layout)
    stored = {
        config: min(entry["ms"] for entry in sizes.values())
        for config, sizes in known.items()
        if data_token(config) == data
    }
    if not stored:
        tokens = sorted({data_token(config) for config in known})
        raise ValueError(f"--data {data}: no stored times; known: {', '.join(tokens) or 'none'}")
    now: dict[str, float] = {}
    for config in anchors_of(stored):
        if found := measure(layout, config, size, threads):
            now[config] = found["ms"]
            say(f"{config}: {found['ms']:.1f} ms ({found['ms'] / stored[config]:.2f} of the stored time)")
    if not now:
        raise ValueError(f"--data {data}: none of {', '.join(anchors_of(stored))} could be measured")
    ratios = [ms / stored[config] for config, ms in now.items()]
    figures = best_figures(layout, list_suites(layout))
    found = [
        Advice(
            config, now.get(config, ms * median(ratios)), config in now, *figures.get(config, (None, None))
        )
        for config, ms in stored.items()
    ]
    return sort_by_accuracy(found), (min(ratios), max(ratios))


def sort_by_accuracy(found: Sequence[Advice]) -> list[Advice]:
    """Sort networks by accuracy, the best first; those without a figure come last, the fastest first."""
    return sorted(found, key=lambda a: (a.figure is None, -(a.figure or 0), a.ms))
