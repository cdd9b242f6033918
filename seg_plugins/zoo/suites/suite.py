"""Suite files: their configs, seeds and data sets, and the expected results."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from seg_plugins.config.suggestions import did_you_mean

from .layout import Layout
from .model import TESTED, Model, Need, Published, Row
from .needs import parse_needs, refuse_export, resolve_needs
from .record import line_name
from .suite_checks import (
    COLUMNS,
    MACHINE_KEYS,
    MODEL_KEYS,
    PUBLISHED_KEYS,
    SUITE_KEYS,
    check_columns,
    check_data,
    check_keys,
    check_variant,
    check_weights,
)

__all__ = ["Model", "Published", "Row", "Suite", "list_suites", "load_suite"]

LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # the same result, about eight times as fast


@dataclass(frozen=True)
class Suite:
    """A list of runs and the layout of their table.

    Attributes:
        name: The file's stem.
        title: The heading of the table.
        data: The data sets' tokens, as in config names.
        models: The lines of the table, in order.
        metrics: The columns, as the evaluator names them; bands apply to the first.
        machine: Machine class: `name`, `device` (a part of the CPU's or GPU's name), `cores` or
            `gpus_per_node` and `cores_per_gpu`, `tflops` with `tflops_source` until there are records of it.
        tolerance: Largest distance of a rerun from the mean if no band is given, in points.
        time_limit: Minutes of one run on a cluster.
        note: A sentence under the table.
        columns: Those of `COLUMNS` that the table shows beside the metrics.
    """

    name: str
    title: str
    data: tuple[str, ...]
    models: tuple[Model, ...]
    metrics: tuple[str, ...] = ("mIoU",)
    machine: Mapping[str, Any] = field(default_factory=dict)
    tolerance: float = 2.0
    time_limit: int = 240
    note: str = ""
    columns: tuple[str, ...] = COLUMNS

    @property
    def on_gpu(self) -> bool:
        """Whether the machine class has GPUs."""
        return int(self.machine.get("gpus_per_node", 0)) > 0

    @property
    def rows(self) -> list[Row]:
        """All runs, seed by seed, so that an interrupted suite has one seed of every model first."""
        runs = [(seed, number) for number, model in enumerate(self.models) for seed in model.seeds]
        return [Row(self.models[number], seed) for seed, number in sorted(runs)]

    def row(self, slot: str) -> Row:
        """Return the run of that name; raise ValueError with the nearest names if there is none."""
        rows = {row.slot: row for row in self.rows}
        if slot not in rows:
            raise ValueError(f"suite {self.name} has no row {slot!r}.{did_you_mean(slot, rows, cutoff=0.4)}")
        return rows[slot]


def list_suites(layout: Layout) -> list[str]:
    """Return the names of all suite files."""
    return sorted(path.stem for path in layout.suites.glob("*.yaml") if not path.stem.startswith("_"))


def load_suite(layout: Layout, name: str, asked_by: tuple[str, ...] = ()) -> Suite:
    """Read and check a suite file.

    Args:
        layout: The checkout.
        name: The suite's name, the stem of its file.
        asked_by: The suites whose rows need rows of this one.

    Raises:
        FileNotFoundError: The suite does not exist.
        ValueError: A key, config, data set or needed row is unknown, or two entries claim one run.
    """
    if name in asked_by:
        raise ValueError(f"{layout.suites}: suites need each other: {' -> '.join([*asked_by, name])}")
    path = layout.suites / f"{name}.yaml"
    if not path.is_file() or Path(name).name != name:
        known = list_suites(layout)
        raise FileNotFoundError(
            f"no suite {path}.{did_you_mean(name, known, cutoff=0.4)} Known: {', '.join(known) or 'none'}"
        )
    try:
        raw = yaml.load(path.read_text(), Loader=LOADER)
    except yaml.YAMLError as error:
        raise ValueError(f"{path} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(raw, dict):
        raise ValueError(f"{path}: a suite is a mapping with the keys {', '.join(sorted(SUITE_KEYS))}")
    check_keys(path, "suite", raw, SUITE_KEYS, {"title", "data", "models"})
    check_keys(path, "machine", raw.get("machine", {}), MACHINE_KEYS, set())
    data = (raw["data"],) if isinstance(raw["data"], str) else tuple(raw["data"])
    for token in data:
        check_data(layout, path, token)
    check_columns(path, raw.get("columns", COLUMNS))
    models = _models(layout, path, raw, data, asked_by)
    return Suite(
        name=name,
        title=raw["title"],
        data=data,
        models=models,
        metrics=tuple(raw.get("metrics", ("mIoU",))),
        machine=raw.get("machine", {}),
        tolerance=float(raw.get("tolerance", 2.0)),
        time_limit=int(raw.get("time_limit", 240)),
        note=raw.get("note", ""),
        columns=tuple(raw.get("columns", COLUMNS)),
    )


def _models(
    layout: Layout, path: Path, raw: Mapping[str, Any], data: tuple[str, ...], asked_by: tuple[str, ...]
) -> tuple[Model, ...]:
    @cache
    def models_of(other: str) -> tuple[Model, ...]:
        return load_suite(layout, other, (*asked_by, path.stem)).models

    models: list[Model] = []
    suites = list_suites(layout)
    check_weights(path, raw.get("weights"), suites)
    for entry in raw["models"]:
        entry = {"config": entry} if isinstance(entry, str) else entry
        check_keys(path, "model", entry, MODEL_KEYS, {"config"})
        for config in _expand(layout, path, entry):
            if "weights" in entry:
                refuse_export(path, config, entry["weights"], suites, models_of)
            models.append(_model(path, config, entry, raw, data))
    seen: dict[str, Model] = {}
    for model in models:
        other = seen.setdefault(model.line, model)
        if other is not model:
            raise ValueError(
                f"{path}: two entries claim the runs of {model.config}: name it once, narrow a glob, or give "
                "each a `variant`"
            )
    return resolve_needs(path, models, suites, models_of)


def _model(
    path: Path, config: str, entry: Mapping[str, Any], raw: Mapping[str, Any], data: tuple[str, ...]
) -> Model:
    token = next((d for d in data if f"_{d}-" in Path(config).name or d == Path(config).stem), None)
    if token is None:
        raise ValueError(f"{path}: {config} is not a config of the suite's data {', '.join(map(repr, data))}")
    seeds = tuple(int(seed) for seed in entry.get("seeds", raw.get("seeds", (0,))))
    if not seeds or len(set(seeds)) != len(seeds):
        raise ValueError(f"{path}: {config} needs seeds, each once; got {list(seeds)}")
    if not isinstance(entry.get("tta", False), bool):
        raise ValueError(f"{path}: {config}: tta is true or false; got {entry['tta']!r}")
    band = entry.get("band")
    if band is not None and (len(band) != 2 or not band[0] < band[1]):
        raise ValueError(f"{path}: the band of {config} is [lowest, highest]; got {band}")
    variant = entry.get("variant", "")
    check_variant(path, config, variant, bool(entry.get("fit")), raw.get("weights"))
    needs = parse_needs(path, config, entry.get("needs"))
    if raw.get("weights") is not None:
        option = "load_from" if entry.get("fit") else TESTED
        needs = (Need(line_name(config), str(raw["weights"]), option), *needs)
    published = entry.get("published")
    if published is not None:
        check_keys(path, "published", published, PUBLISHED_KEYS, {"value", "protocol", "source", "data"})
    return Model(
        config=config,
        seeds=seeds,
        name=entry.get("name") or " ".join(filter(None, (default_name(Path(config).stem), variant))),
        data=token,
        band=(float(band[0]), float(band[1])) if band else None,
        published=Published(**published) if published else None,
        options={**raw.get("options", {}), **entry.get("options", {})},
        variant=variant,
        needs=needs,
        fit=bool(entry.get("fit", False)),
        tta=entry.get("tta", False),
    )


def default_name(stem: str) -> str:
    """Return the algorithm, architecture and change of a config's name.

    >>> default_name("unet_tiny_1xb4-1k_synth-streets-128x256")
    'unet_tiny'
    >>> default_name("unet_tiny_1xb8-ohem-1k_synth-streets-128x256")
    'unet_tiny ohem'
    """
    match = re.fullmatch(r"(.+)_\d+xb\d+(?:-(.+))?-(?:[\d.]+k|fit)_.+", stem)
    return " ".join(filter(None, match.groups())) if match else stem


def _expand(layout: Layout, path: Path, entry: Mapping[str, Any]) -> list[str]:
    pattern = str(entry["config"])
    if Path(pattern).is_absolute() or ".." in Path(pattern).parts:
        raise ValueError(f"{path}: config {pattern}: write it relative to {layout.configs}, without `..`")
    roots = dict.fromkeys([layout.configs, layout.root / "configs"])
    excluded = entry.get("exclude", [])
    found: list[str] = []
    for root in roots:  # for a user's suite the folder beside it first, then the zoo
        found = found or sorted(
            p.relative_to(root).as_posix()
            for p in root.glob(pattern)
            if "_base_" not in p.parts and not any(p.match(x) for x in excluded)
        )
    if not found:
        leaves = [p.relative_to(root).as_posix() for root in roots for p in root.glob("[!_]*/*.py")]
        places = " or ".join(str(root / pattern) for root in roots)
        raise ValueError(f"{path}: no config {places}.{did_you_mean(pattern, leaves, cutoff=0.4)}")
    return found
