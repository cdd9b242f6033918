"""Table of a data set's networks: parameters, operations, milliseconds, memory and accuracy."""

from collections.abc import Mapping
from pathlib import Path
from statistics import mean
from typing import Any

from ..runs.cost import known_costs
from ..suites.layout import Layout
from ..suites.record import line_name, read_records
from ..suites.suite import default_name
from ..tables.grid import Grid
from ..tables.render import count
from .latency import data_token, known_latencies
from .pareto import Point, pareto_chart, pareto_front

__all__ = ["best_figures", "efficiency_grid", "efficiency_picture"]

HEAD = ("model", "parameters, M", "GFLOPs", "ms", "ms, p95", "memory, MiB", "mIoU", "iterations", "front")


def best_figures(layout: Layout, suites: list[str], metric: str = "mIoU") -> dict[str, tuple[float, int]]:
    """Return the best figure of each config, in per cent, and the iterations that it took.

    Args:
        layout: The checkout.
        suites: Names of suites; a config's figure in one is the mean over its seeds.
        metric: The metric.
    """
    best: dict[str, tuple[float, int]] = {}
    for name in suites:
        runs: dict[tuple[str, str | None], list[Mapping[str, Any]]] = {}
        for record in read_records(layout.results(name)).values():
            if metric in record["metrics"] and record.get("iterations"):
                runs.setdefault((record["config"], record.get("variant")), []).append(record)
        for (config, _), records in runs.items():
            figure = mean(record["metrics"][metric] for record in records)
            if config not in best or figure > best[config][0]:
                best[config] = (figure, max(record["iterations"] for record in records))
    return best


def _shown(layout: Layout, raw: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Return what was measured of each config of a table."""
    return {
        config: sizes[raw["size"]]
        for config, sizes in known_latencies(layout).items()
        if data_token(config) == raw["data"] and raw["size"] in sizes
    }


def _points(shown: Mapping[str, Any], figures: Mapping[str, tuple[float, int]]) -> list[Point]:
    """Return name, milliseconds and accuracy of the networks that have both."""
    return [
        (default_name(line_name(config)), entry["ms"], figures[config][0])
        for config, entry in shown.items()
        if config in figures
    ]


def efficiency_grid(layout: Layout, raw: Mapping[str, Any]) -> Grid:
    """Make the table of what `latencies.json` holds of a data set's configs at one size.

    Args:
        layout: The checkout.
        raw: `title`, `data` (its token), `size` "HxW", `suites` (whose figures count) and `note`.

    Raises:
        ValueError: Nothing was measured.
    """
    costs, figures = known_costs(layout), best_figures(layout, raw["suites"])
    shown = _shown(layout, raw)
    if not shown:
        raise ValueError(f"{raw['title']}: no latency of {raw['data']} at {raw['size']} was measured")
    front = set(pareto_front(_points(shown, figures)))
    rows = []
    for config, entry in sorted(shown.items(), key=lambda item: item[1]["ms"]):
        name = default_name(line_name(config))
        cost, (figure, steps) = costs.get(config, {}), figures.get(config, (None, None))
        height, width = map(int, raw["size"].split("x"))
        flops = cost.get("flops") if cost.get("input") == [height, width] else None
        texts = [
            count(cost.get("inference_parameters"), 1e6, 2),
            count(flops, 1e9, 2),
            f"{entry['ms']:.1f}",
            f"{entry['p95']:.1f}",
            f"{entry['memory_mib']:.0f}",
            f"{figure:.1f}" if figure is not None else "-",
            f"{steps:,}" if steps else "-",
            "yes" if name in front else "",
        ]
        rows.append([(name, layout.config(config)), *((text, None) for text in texts)])
    machines = sorted({f"{e['cpu']}, {e['threads']} thread{'s'[: e['threads'] > 1]}" for e in shown.values()})
    note = f"{raw['title']}: one image of {raw['size']}. Measured on {'; '.join(machines)}. {raw['note']}"
    return Grid(raw["title"], HEAD, rows, ("model", "front"), note.strip())


def efficiency_picture(layout: Layout, raw: Mapping[str, Any]) -> tuple[Path, str] | None:
    """Return the path and the SVG of the table's picture, or None without networks that have figures.

    Args:
        layout: The checkout.
        raw: As for `efficiency_grid`.
    """
    points = _points(_shown(layout, raw), best_figures(layout, raw["suites"]))
    if not points:
        return None
    path = layout.configs / f"efficiency-{raw['data']}.svg"
    return path, pareto_chart(points, f"milliseconds of an image of {raw['size']}", "mIoU, per cent")
