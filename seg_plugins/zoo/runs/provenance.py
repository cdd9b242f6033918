"""Where a figure comes from: commit, package versions, hardware."""

import hashlib
import os
import platform
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ..suites.layout import Layout
from .devices import visible_gpus

__all__ = ["code_state", "hardware", "precision", "sha256"]

CODE = ("seg_plugins", "tools")


def cpu_model() -> str:
    """The CPU's name as Linux reports it, else the platform's word for it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def gpu_names() -> list[str]:
    """The names of the GPUs that a process started here may use; empty without the driver."""
    return [gpu.name for gpu in visible_gpus()]


def hardware(threads: int, gpus: Sequence[str] | None = None) -> dict[str, Any]:
    """The machine and what a run uses of it.

    Args:
        threads: Threads that each of the run's processes may use.
        gpus: Names of the run's GPUs; None is all that are visible.
    """
    return {
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": threads,
        "gpus": gpu_names() if gpus is None else list(gpus),
    }


def precision(config: Mapping[str, Any], gpus: Sequence[str] | None = None) -> str:
    """The precision that a config trains in on this machine.

    Args:
        config: A resolved config; its optimiser wrapper and fast preset are looked at.
        gpus: Names of the run's GPUs; None is all that are visible.
    """
    import torch

    from seg_plugins.optim.autocast_optim_wrapper import resolve_dtype

    wrapper, fast = config.get("optim_wrapper", {}), config.get("fast")
    kind, name = wrapper.get("type", "OptimWrapper"), wrapper.get("dtype")
    if fast and (fast is True or fast.get("autocast", "auto")):
        kind, name = "AutocastOptimWrapper", "auto" if fast is True else fast.get("autocast", "auto")
    if kind == "AmpOptimWrapper":
        return str(name or "float16")
    if kind != "AutocastOptimWrapper":
        return "float32"
    on_gpu = torch.cuda.is_available() and (gpus is None or len(gpus) > 0)
    return str(resolve_dtype(name or "auto", torch.device("cuda" if on_gpu else "cpu"))).removeprefix(
        "torch."
    )


def code_state(layout: Layout) -> dict[str, Any]:
    """The commit, the hashes of the code folders in it, and whether they have uncommitted changes."""
    trees = [layout.git("rev-parse", f"HEAD:{folder}") for folder in CODE]
    changes = layout.git(
        "status", "--porcelain", "--untracked-files=no", "--", *CODE, ":(glob)configs/**/*.py"
    )
    known = all(trees)
    return {
        "commit": layout.git("rev-parse", "HEAD") or "unknown",
        "code": hashlib.sha256(" ".join(trees).encode()).hexdigest()[:16] if known else "unknown",
        "dirty": bool(changes),
    }


def sha256(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
