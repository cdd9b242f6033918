"""Checks of suite files; each raises ValueError with the file, the value and the fix."""

import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seg_plugins.config.suggestions import did_you_mean

from .layout import Layout

__all__ = [
    "COLUMNS",
    "EXPORT_KEYS",
    "MACHINE_KEYS",
    "MODEL_KEYS",
    "NEED_KEYS",
    "PUBLISHED_KEYS",
    "SUITE_KEYS",
    "check_columns",
    "check_data",
    "check_keys",
    "check_variant",
    "check_weights",
]

VARIANT = re.compile(r"[a-z0-9][a-z0-9-]*")
COLUMNS = ("parameters", "flops", "speed", "memory", "minutes")
SUITE_KEYS = {
    "title",
    "data",
    "machine",
    "metrics",
    "seeds",
    "options",
    "tolerance",
    "weights",
    "columns",
    "time_limit",
    "note",
    "models",
}
MODEL_KEYS = {
    "config",
    "name",
    "seeds",
    "band",
    "published",
    "exclude",
    "options",
    "variant",
    "needs",
    "fit",
    "tta",
    "weights",
}
MACHINE_KEYS = {"name", "device", "cores", "gpus_per_node", "cores_per_gpu", "tflops", "tflops_source"}
NEED_KEYS = {"row", "as", "suite", "seed"}
EXPORT_KEYS = {"suite", "row", "export"}
PUBLISHED_KEYS = {"value", "metric", "data", "protocol", "source"}


def check_keys(path: Path, what: str, raw: Mapping[str, Any], known: set[str], needed: set[str]) -> None:
    """Check that all keys are known, and that no needed key is missing."""
    for key in raw:
        if key not in known:
            raise ValueError(f"{path}: unknown key {key!r} in {what}.{did_you_mean(str(key), known)}")
    for key in sorted(needed - set(raw)):
        raise ValueError(f"{path}: {what} has no {key!r}")


def check_columns(path: Path, columns: Any) -> None:
    """Check that all columns are known."""
    for name in columns:
        if name not in COLUMNS:
            raise ValueError(
                f"{path}: unknown column {name!r}.{did_you_mean(str(name), COLUMNS)}"
                f" There are: {', '.join(COLUMNS)}"
            )


def check_weights(path: Path, weights: str | None, suites: list[str]) -> None:
    """Check that the suite of the weights exists and is another one."""
    known = [name for name in suites if name != path.stem]
    if weights is not None and weights not in known:
        raise ValueError(
            f"{path}: weights: there is no other suite {weights!r}.{did_you_mean(str(weights), known)}"
        )


def check_variant(path: Path, config: str, variant: str, fit: bool, weights: str | None) -> None:
    """Check that a variant can be part of a file name, and that a `fit` has weights to start from."""
    if variant and not VARIANT.fullmatch(variant):
        raise ValueError(f"{path}: variant {variant!r}: use small letters, digits and hyphens")
    if fit and not weights:
        raise ValueError(f"{path}: {config}: `fit` starts from the suite's `weights`, which names no suite")


def check_data(layout: Layout, path: Path, data: str) -> None:
    """Check that the data set has a base config in the zoo, or a config of its name beside the suite."""
    zoo = layout.root / "configs" / "_base_" / "datasets"
    folders = [layout.own, zoo] if layout.own else [zoo]
    known = {p.stem for folder in folders for p in folder.glob("*.py")}
    if data not in known and data.replace("-", "_") not in known:
        missing = " and no ".join(f"{folder / data}.py" for folder in folders)
        raise ValueError(
            f"{path}: unknown data set {data!r}: there is no {missing}.{did_you_mean(data, known)}"
        )
