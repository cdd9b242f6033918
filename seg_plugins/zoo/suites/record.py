"""Records: one committed JSON file per finished run, from which tables are made."""

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from seg_plugins.files.atomic import write_json
from seg_plugins.ops.cpu.paused_collector import paused_collector

__all__ = ["REQUIRED", "line_name", "read_record", "read_records", "write_record"]

REQUIRED = (
    "suite",
    "config",
    "seed",
    "config_hash",
    "sections",
    "commit",
    "versions",
    "hardware",
    "metrics",
    "checkpoint_sha256",
)


def line_name(config: str, variant: str | None = None) -> str:
    """Return the name of the runs of a table line, without their seed.

    >>> line_name("unet/unet_tiny_1xb8-1k_toy-8x8.py"), line_name("unet/unet_tiny_1xb8-1k_toy-8x8.py", "crf")
    ('unet_tiny_1xb8-1k_toy-8x8', 'unet_tiny_1xb8-1k_toy-8x8.crf')
    """
    stem = config.rpartition("/")[2].removesuffix(".py")
    return f"{stem}.{variant}" if variant else stem


def write_record(path: Path, content: Mapping[str, Any]) -> None:
    """Write facts of a run such that a commit shows only what changed: sorted keys, one per line."""
    write_json(path, content, durable=True, indent=1, sort_keys=True, default=None)


def read_record(path: Path) -> dict[str, Any]:
    """Read one record.

    Raises:
        ValueError: The file is incomplete, lacks a field, or is named after another run.
    """
    try:
        record = json.loads(path.read_bytes())
    except (json.JSONDecodeError, UnicodeDecodeError) as error:
        raise ValueError(
            f"{path} is incomplete or not JSON ({error}): restore it with `git checkout -- {path}`, "
            "or delete it and collect the run again"
        ) from error
    missing = [key for key in REQUIRED if key not in record] if isinstance(record, dict) else list(REQUIRED)
    if missing:
        raise ValueError(f"{path} is not a run record: it lacks {', '.join(missing)}")
    return record


def _read_all(folder: Path, names: list[str]) -> list[tuple[str, dict[str, Any] | ValueError]]:
    """Return records, or the errors of broken ones, by file name."""
    found: list[tuple[str, dict[str, Any] | ValueError]] = []
    with paused_collector():
        for name in names:
            try:
                found.append((name, read_record(folder / name)))
            except ValueError as error:
                found.append((name, error))
    return found


def read_records(folder: Path) -> dict[str, dict[str, Any]]:
    """Read all records of a suite, by slot.

    Raises:
        ValueError: A record is damaged, or two files claim one run; the message names all such files.
    """
    records: dict[str, dict[str, Any]] = {}
    owners: dict[str, str] = {}
    problems: list[str] = []
    names = sorted(e.name for e in os.scandir(folder) if e.name.endswith(".json")) if folder.is_dir() else []
    for name, record in _read_all(folder, names):
        if isinstance(record, ValueError):
            problems.append(str(record))
            continue
        slot = f"{line_name(record['config'], record.get('variant'))}.seed{record['seed']}"
        if slot in owners:
            problems.append(
                f"{folder / owners[slot]} and {folder / name} both claim the run {slot}: keep one of them"
            )
        elif name != f"{slot}.json":
            problems.append(f"{folder / name} is the record of {slot}: rename it to {slot}.json")
        owners[slot] = name
        records[slot] = record
    if problems:
        raise ValueError("\n".join(problems))
    return records
