"""The record of a finished work directory."""

import json
import math
from pathlib import Path
from typing import Any

from seg_plugins.report.scalars import read_scalars

from ..suites.config_hash import config_hash, resolved_config, rule_of
from ..suites.layout import Layout
from ..suites.model import TESTED
from ..suites.record import read_record, write_record
from ..suites.suite import Row, Suite
from ..suites.weights import changed_weights, recorded_needs, same_needs
from .cost import update_costs
from .lists import list_hashes
from .picture import keep_picture
from .progress import curve, speed
from .provenance import sha256
from .run_dir import RunDir, needed_files, needed_hashes

__all__ = ["build_record", "collect_row", "read_metrics", "split_metrics"]

IDENTITY = (
    "suite",
    "config",
    "variant",
    "seed",
    "options",
    "config_hash",
    "hash_rule",
    "starts_from",
    "sections",
    "commit",
    "code",
    "dirty",
    "versions",
    "hardware",
)


def split_metrics(raw: dict[str, Any]) -> tuple[dict[str, float], dict[str, dict[str, float]]]:
    """Separate summary figures from figures per class.

    Args:
        raw: The JSON of the test: scalars such as `mIoU`, and scalars per class such as `IoU.road`.

    Returns:
        `{"mIoU": 61.2, ...}` and `{"IoU": {"road": 93.1, ...}, ...}`, finite numbers only, two decimals.
    """
    summary: dict[str, float] = {}
    classes: dict[str, dict[str, float]] = {}
    for name, value in raw.items():
        if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            continue
        head, _, tail = name.partition(".")  # a class name may contain "/" or "."
        head = head.rpartition("/")[2]
        if tail:
            classes.setdefault(head, {})[tail] = round(value, 2)
        else:
            summary[head] = round(value, 3)
    return summary, classes


def read_metrics(run: RunDir, tta: bool) -> dict[str, Any]:
    """Read the figures of a run's test.

    Args:
        run: The run's work directory.
        tta: Whether the row asks for test-time augmentation.

    Raises:
        ValueError: The file is incomplete, or the test was with TTA and should not have been, or vice versa.
    """
    try:
        raw = json.loads(run.metrics.read_bytes())
    except json.JSONDecodeError as error:
        raise ValueError(
            f"{run.metrics} is incomplete ({error}): delete it; the test then runs again"
        ) from error
    if bool(raw.get("tta")) != tta:
        raise ValueError(
            f"{run.metrics} was measured {'without' if tta else 'with'} TTA, and the row says tta: "
            f"{str(tta).lower()}: delete the file; the test then runs again"
        )
    return raw.get("metrics", raw)


def build_record(layout: Layout, run: RunDir, row: Row) -> dict[str, Any]:
    """Build the record of a finished run: everything that a table needs.

    Args:
        layout: The checkout.
        run: The run's work directory.
        row: The run.

    Raises:
        ValueError: The directory is not a finished run, or its metrics file is incomplete.
    """
    begun, state = run.read("run"), run.read("state")
    checkpoint = run.checkpoint() if row.model.trains else needed_files(layout, row)[TESTED]
    if not begun or checkpoint is None or not run.metrics.exists():
        raise ValueError(f"{run.path} is not a finished run: it lacks its metrics, checkpoint or run.json")
    if not same_needs(recorded_needs(begun), needed_hashes(layout, row)):
        raise ValueError(f"weights of {run.path} have changed since it began: run it again with --restart")
    metrics, classes = split_metrics(read_metrics(run, row.model.tta))
    config = resolved_config(layout.config(row.model.config), row.options, row.seed)
    scalars = read_scalars(run.path)
    cost = update_costs(layout, [row.model.config]).get(row.model.config, {})
    batch = config.train_dataloader.batch_size * state.get("world_size", 1) if row.model.trains else None
    measured = speed(scalars, batch or 1)
    memory = measured.pop("gpu_memory_mib", None)
    return {
        **{key: begun.get(key) for key in IDENTITY},
        "needs": recorded_needs(begun),
        "lists": list_hashes(config, layout.base),
        "started": begun.get("started"),
        "precision": begun.get("precision"),
        "iterations": scalars[-1]["step"] if scalars else None,
        "processes": state.get("world_size", 1),
        "batch": batch,
        **measured,
        "wall_seconds": state.get("wall_seconds"),
        "memory_mib": memory or state.get("memory_mib"),
        "memory_kind": "gpu" if memory else "process",
        "parameters": cost.get("parameters"),
        "inference_parameters": cost.get("inference_parameters"),
        "flops": cost.get("flops"),
        "input": cost.get("input"),
        "tta": row.model.tta,
        "metrics": metrics,
        "classes": classes,
        "curve": curve(scalars, ("loss", "mIoU")),
        "checkpoint": checkpoint.name,
        "checkpoint_sha256": sha256(checkpoint),
    }


def collect_row(layout: Layout, suite: Suite, row: Row, replace: bool = False) -> str:
    """Write a finished run's record, and a picture for the first seed of its model.

    Args:
        layout: The checkout.
        suite: The suite.
        row: The run.
        replace: Overwrite the record of another run of the same slot.

    Returns:
        `written`, or `same` if the record existed.

    Raises:
        ValueError: The run is not finished, its config is another version, or its slot has another record.
    """
    run = RunDir.of(layout, suite, row)
    record = build_record(layout, run, row)
    config = resolved_config(layout.config(row.model.config), row.options, row.seed)
    if record["config_hash"] != config_hash(config, rule_of(record)):
        raise ValueError(
            f"{run.path} is a run of another version of {row.model.config}: its record would not describe "
            "the present one; check out its commit, or run it again with --restart"
        )
    path = layout.results(suite.name) / f"{row.slot}.json"
    if path.exists() and not replace:
        before = read_record(path)
        same_config = before["config_hash"] == config_hash(config, rule_of(before))
        if same_config and before["checkpoint_sha256"] == record["checkpoint_sha256"]:
            return "same"
        if same_config and not changed_weights(layout)(row, before):
            raise ValueError(
                f"two runs claim {row.slot}: {path} holds checkpoint {before['checkpoint_sha256'][:12]}, "
                f"{run.path} holds {record['checkpoint_sha256'][:12]}: pass --replace to keep the latter"
            )
    if row.seed == min(row.model.seeds):
        keep_picture(run.path, picture_path(layout, suite, row.model.line))
    write_record(path, record)
    return "written"


def picture_path(layout: Layout, suite: Suite, line: str) -> Path:
    """Return the path of the picture of a table line, beside the records."""
    return layout.results(suite.name) / "pictures" / f"{line}.jpg"
