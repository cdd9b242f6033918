"""The scalar log of a run: its position, the time left, and its curves."""

import os
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from seg_plugins.report.scalars import scalar_lines, scalar_logs

__all__ = ["Progress", "curve", "last_progress", "speed", "thin"]

TAIL_BYTES = 32_768


@dataclass(frozen=True)
class Progress:
    """The position of a run in its schedule.

    Attributes:
        iteration: Last logged iteration; 0 before the first.
        total: The last iteration of the schedule; 0 if unknown.
        seconds_left: Training time left, in seconds; None before the first log line.
        metric: Figure of the last validation, in per cent; None before the first.
    """

    iteration: int = 0
    total: int = 0
    seconds_left: float | None = None
    metric: float | None = None


def last_progress(work_dir: Path, total: int, metric: str) -> Progress:
    """Read the end of a run's newest scalar log.

    Args:
        work_dir: The run's work directory.
        total: The last iteration of the schedule.
        metric: Validation figure to report.
    """
    logs = scalar_logs(work_dir)
    if not logs:
        return Progress(total=total)
    with open(logs[-1], "rb") as file:
        size = os.fstat(file.fileno()).st_size
        file.seek(max(0, size - TAIL_BYTES))
        lines = list(scalar_lines(file.read()))
    steps = [line for line in lines if "loss" in line and isinstance(line.get("step"), int)]
    figures = [line[metric] for line in lines if metric in line]
    iteration = steps[-1]["step"] if steps else 0
    times = [line["time"] for line in steps if "time" in line]
    left = (total - iteration) * statistics.fmean(times) if times else None
    return Progress(iteration, total, left, figures[-1] if figures else None)


def speed(scalars: list[dict[str, Any]], images_per_step: int) -> dict[str, float]:
    """Compute training speed and memory from scalar lines.

    Args:
        scalars: Lines as `read_scalars` returns them.
        images_per_step: Images of all ranks in one step.

    Returns:
        `images_per_second` (median over the log lines, without validation), `train_seconds` (sum over all
        steps) and, if a GPU was used, `gpu_memory_mib`; only figures that the log holds.
    """
    steps = [line for line in scalars if "loss" in line and line.get("time", 0) > 0]
    if not steps:
        return {}
    found = {"images_per_second": round(images_per_step / statistics.median(x["time"] for x in steps), 3)}
    previous, seconds = 0, 0.0
    for line in steps:
        seconds += (line["step"] - previous) * line["time"]
        previous = line["step"]
    found["train_seconds"] = round(seconds, 1)
    memory = [line["memory"] for line in steps if "memory" in line]
    if memory:
        found["gpu_memory_mib"] = max(memory)
    return found


def thin(points: list[list[float]], most: int = 40) -> list[list[float]]:
    """Select at most `most` points, evenly spaced, including the first and the last.

    >>> thin([[i, i] for i in range(100)], most=3)
    [[0, 0], [50, 50], [99, 99]]
    """
    if len(points) <= most:
        return points
    return [points[round(i * (len(points) - 1) / (most - 1))] for i in range(most)]


def curve(scalars: list[dict[str, Any]], names: Iterable[str]) -> dict[str, list[list[float]]]:
    """Extract curves for the page: `[step, value]` pairs by name, thinned, with four digits.

    Args:
        scalars: Lines as `read_scalars` returns them.
        names: Scalars to keep; those never logged are left out.
    """
    curves = {}
    for name in names:
        points = [
            [x["step"], float(f"{x[name]:.4g}")] for x in scalars if isinstance(x.get(name), int | float)
        ]
        if points:
            curves[name] = thin(points)
    return curves
