"""The provenance of a figure: commit, package versions, hardware."""

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
    """Return the CPU's name as Linux reports it, otherwise the platform's word for it."""
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        lines = []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()


def gpu_names() -> list[str]:
    """Return the names of the GPUs that a process started here may use; empty without the driver."""
    return [gpu.name for gpu in visible_gpus()]


def hardware(threads: int, gpus: Sequence[str] | None = None) -> dict[str, Any]:
    """Describe the machine and the part of it that a run uses.

    Args:
        threads: Threads that each of the run's processes may use.
        gpus: Names of the run's GPUs; None stands for all visible ones.
    """
    return {
        "cpu": cpu_model(),
        "cores": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "threads": threads,
        "gpus": gpu_names() if gpus is None else list(gpus),
    }


def precision(config: Mapping[str, Any], gpus: Sequence[str] | None = None) -> str:
    """Return the precision that a config trains in on this machine.

    Args:
        config: A resolved config; its optimiser wrapper and fast preset decide.
        gpus: Names of the run's GPUs; None stands for all visible ones.
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
    """Return the commit, the hashes of its code folders, and whether they have uncommitted changes."""
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
    """Compute the SHA-256 of a file, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
