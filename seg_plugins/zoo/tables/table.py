"""A suite's table as data: one line per model, mean and standard deviation over its seeds."""

import statistics
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ..suites.suite import Model, Suite

__all__ = ["Line", "Spread", "Table", "build_table"]


@dataclass(frozen=True)
class Spread:
    """A figure over seeds.

    Attributes:
        mean: The mean.
        sd: The sample standard deviation; None for one seed.
        count: The number of seeds.
    """

    mean: float
    sd: float | None
    count: int

    @classmethod
    def of(cls, values: list[float]) -> "Spread | None":
        """Compute the spread of some figures; None for an empty list.

        >>> Spread.of([60.0, 62.0, 64.0])
        Spread(mean=62.0, sd=2.0, count=3)
        """
        if not values:
            return None
        sd = statistics.stdev(values) if len(values) > 1 else None
        return cls(statistics.fmean(values), sd, len(values))

    def text(self, digits: int = 1, between: str = " ± ") -> str:
        """Format mean and standard deviation, rounded."""
        return f"{self.mean:.{digits}f}" + (f"{between}{self.sd:.{digits}f}" if self.sd is not None else "")


@dataclass(frozen=True)
class Line:
    """One model of a table.

    Attributes:
        model: The suite's entry.
        records: The records of its finished runs, by seed.
        metrics: Figures over seeds, in per cent, by metric.
        measures: `images_per_second`, `memory_mib`, `wall_seconds` over seeds where measured.
        parameters: Number of learnable parameters of the network; None if never counted.
        flops: Operations of one forward pass at the crop; None if never counted.
        difference: The first metric minus the published figure, if both use the same data.
    """

    model: Model
    records: Mapping[int, Mapping[str, Any]]
    metrics: Mapping[str, Spread]
    measures: Mapping[str, Spread]
    parameters: int | None = None
    flops: int | None = None
    difference: float | None = None

    @property
    def state(self) -> str:
        """Number of finished seeds among the planned ones, in words."""
        planned = len(self.model.seeds)
        return "not run" if not self.records else f"{len(self.records)} of {planned}"

    @property
    def in_band(self) -> bool | None:
        """Whether the mean lies in the expected band; None if one of the two is missing."""
        first = next(iter(self.metrics.values()), None)
        if first is None or self.model.band is None:
            return None
        return self.model.band[0] <= first.mean <= self.model.band[1]


@dataclass(frozen=True)
class Table:
    """A suite's lines, and the facts that all lines share.

    Attributes:
        suite: The suite.
        lines: One per model.
        machines: The hardware of all records, in words, without duplicates.
        precisions: The precisions of all records, without duplicates.
        commits: The commits of all records, shortened, without duplicates; `+` marks uncommitted changes.
    """

    suite: Suite
    lines: list[Line]
    machines: list[str] = field(default_factory=list)
    precisions: list[str] = field(default_factory=list)
    commits: list[str] = field(default_factory=list)

    @property
    def has_published(self) -> bool:
        """Whether any line has a published figure."""
        return any(line.model.published for line in self.lines)


def machine_words(hardware: Mapping[str, Any]) -> str:
    """Describe a record's hardware in words."""
    gpus = hardware.get("gpus") or []
    threads = hardware.get("threads")
    if gpus:
        return f"{len(gpus)} x {gpus[0]}"
    return f"{hardware.get('cpu', 'unknown CPU')}, {threads} thread{'s' if threads != 1 else ''} per run"


def _line(
    suite: Suite, model: Model, records: Mapping[str, Mapping[str, Any]], costs: Mapping[str, Any]
) -> Line:
    slots = {seed: f"{model.line}.seed{seed}" for seed in model.seeds}
    mine = {seed: records[slot] for seed, slot in slots.items() if slot in records}
    metrics = {}
    for name in suite.metrics:
        spread = Spread.of([r["metrics"][name] for r in mine.values() if name in r["metrics"]])
        if spread:
            metrics[name] = spread
    measures = {}
    for name in ("images_per_second", "memory_mib", "wall_seconds"):
        spread = Spread.of([r[name] for r in mine.values() if r.get(name)])
        if spread:
            measures[name] = spread
    cost = next(iter(mine.values()), None) or costs.get(model.config, {})
    difference = None
    published = model.published
    if published and published.data == model.data and published.metric in metrics:
        difference = metrics[published.metric].mean - published.value
    return Line(model, mine, metrics, measures, cost.get("parameters"), cost.get("flops"), difference)


def build_table(
    suite: Suite,
    records: Mapping[str, Mapping[str, Any]],
    costs: Mapping[str, Any] | None = None,
    algo: str | None = None,
) -> Table:
    """Gather records into lines.

    Args:
        suite: The suite.
        records: Its records, by slot; those of unlisted runs are left out.
        costs: Parameters and FLOPs by config, for models that have not run.
        algo: The config folder to restrict the table to.

    Raises:
        ValueError: The suite has no model in that folder.
    """
    models = [model for model in suite.models if algo is None or model.algo == algo]
    if not models:
        raise ValueError(f"suite {suite.name} has no model in configs/{algo}/")
    lines = [_line(suite, model, records, costs or {}) for model in models]
    used = [record for line in lines for record in line.records.values()]
    return Table(
        suite,
        lines,
        machines=sorted({machine_words(record["hardware"]) for record in used}),
        precisions=sorted({record["precision"] for record in used if record.get("precision")}),
        commits=sorted({r["commit"][:10] + ("+" if r.get("dirty") else "") for r in used}),
    )
