"""The parts of the check: each runs in a process of its own, within a time limit."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from seg_plugins.files.atomic import write_json, write_text

from .result_page import result_page

__all__ = ["PARTS", "CheckPart", "command_of", "run_part", "run_parts"]


class CheckPart(NamedTuple):
    """A part of the check.

    Attributes:
        name: Function of `measurements.py` that makes it.
        title: What it checks.
        limit: Longest time in seconds.
        quick: Likewise with `--quick`; 0 leaves the part out.
    """

    name: str
    title: str
    limit: int
    quick: int


TRIAL = 10  # times the limit on a CPU
PARTS = (  # the most valuable first: what comes after a part that hangs is still reached
    CheckPart("driver", "Driver, libraries and devices", 40, 30),
    CheckPart("kernels", "Kernels against the CPU", 60, 40),
    CheckPart("step_speed", "Steps of training against upstream's stock configs", 200, 90),
    CheckPart("device_tests", "Tests marked gpu", 150, 60),
    CheckPart("copying", "Share of a step that the copy of a batch takes", 60, 15),
    CheckPart("scaling", "Steps on all GPUs against one", 80, 0),
)


def run_parts(folder: Path, device: str, quick: bool) -> Iterator[dict[str, Any]]:
    """Run the parts in order; write `gpu_check.json` and `gpu_check.html` after each.

    Args:
        folder: Where the two files are written.
        device: "cuda", or "cpu" for a trial of the check itself on small networks.
        quick: Whether to take the short limits.

    Yields:
        What each part gave: `name`, `title`, `state` ("passed", "failed", "skipped" or "timed out"),
        `seconds`, `words` (one line), `rows` (a table, its header first).
    """
    folder.mkdir(parents=True, exist_ok=True)
    done: list[dict[str, Any]] = []
    for part in PARTS:
        limit = (part.quick if quick else part.limit) * (1 if device == "cuda" else TRIAL)
        if not limit:
            continue
        done.append(run_part(part, device, quick, limit))
        write_json(folder / "gpu_check.json", dict(device=device, quick=quick, parts=done), indent=1)
        write_text(folder / "gpu_check.html", result_page(done, device, quick))
        yield done[-1]


def command_of(part: CheckPart, device: str, quick: bool) -> list[str]:
    """Return the command line of the process of a part."""
    return [sys.executable, "-m", f"{__package__}.measurements", part.name, device, str(int(quick))]


def run_part(part: CheckPart, device: str, quick: bool, limit: float) -> dict[str, Any]:
    """Run a part in a process of its own, and end it and its children at the limit."""
    command = command_of(part, device, quick)
    start, found = time.monotonic(), dict(name=part.name, title=part.title, rows=[])
    process = subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, start_new_session=True
    )
    try:
        out, error = process.communicate(timeout=limit)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, 9)
        process.communicate()
        return found | dict(state="timed out", seconds=limit, words=f"not done within {limit} s")
    found["seconds"] = round(time.monotonic() - start, 1)
    last = (out.strip().splitlines() or [""])[-1]
    if process.returncode == 0 and last.startswith("{"):
        return found | json.loads(last)
    reason = (error.strip().splitlines() or [f"the process ended with {process.returncode}"])[-1]
    return found | dict(state="failed", words=reason[:300])
