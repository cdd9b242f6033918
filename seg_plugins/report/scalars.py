"""The log of a run, as upstream's `LocalVisBackend` writes it: `<timestamp>/vis_data/scalars.json`."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

__all__ = ["read_scalars", "scalar_lines", "scalar_logs"]


def scalar_logs(work_dir: str | Path) -> list[Path]:
    """Return the log of every attempt of a run, oldest first."""
    return sorted(Path(work_dir).glob("*/vis_data/scalars.json"))


def scalar_lines(data: bytes) -> Iterator[dict[str, Any]]:
    """Yield the complete lines of a log, without a line that is being written or was cut off."""
    for line in data.splitlines():
        try:
            scalars = json.loads(line)
        except ValueError:
            continue
        if isinstance(scalars, dict):
            yield scalars


def read_scalars(work_dir: str | Path) -> list[dict[str, Any]]:
    """Read everything that a run logged, with its attempts joined.

    An attempt that continues from a checkpoint replaces what an earlier one logged after it. A fresh start
    replaces everything.

    Args:
        work_dir: The run's work directory.

    Returns:
        One dictionary per line, in order of `step`. Lines of training hold `loss`, those of validation do
        not.
    """
    joined: list[dict[str, Any]] = []
    for log in scalar_logs(work_dir):
        lines = [line for line in scalar_lines(log.read_bytes()) if isinstance(line.get("step"), int)]
        if lines:
            first = min(line["step"] for line in lines)
            joined = [line for line in joined if line["step"] < first] + lines
    return sorted(joined, key=lambda line: line["step"])
