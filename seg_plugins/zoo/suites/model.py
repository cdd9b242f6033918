"""The entries of a suite: models with their seeds, the resulting runs, and the runs that these need."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .record import line_name

__all__ = ["TESTED", "Model", "Need", "Published", "Row"]

TESTED = "test"  # instead of a config key: the needed checkpoint is tested, and nothing is trained


@dataclass(frozen=True)
class Published:
    """A figure that somebody else published.

    Attributes:
        value: The figure, in per cent.
        protocol: How the figure was measured: split, schedule, crop, pre-training.
        source: A link, or the citation.
        data: The data set; a difference is shown only if the model is measured on the same one.
        metric: The metric of the figure.
    """

    value: float
    protocol: str
    source: str
    data: str
    metric: str = "mIoU"


@dataclass(frozen=True)
class Need:
    """A run whose last checkpoint another run uses.

    Attributes:
        line: The name of the needed line, as `Model.line` states it.
        suite: The suite that lists it.
        option: The config key that is set to the checkpoint's path, or `TESTED`.
        seed: The seed of the needed run; None stands for the seed of the run that needs it.
    """

    line: str
    suite: str
    option: str = "load_from"
    seed: int | None = None

    def slot(self, seed: int) -> str:
        """Return the name of the needed run, for a run of that seed."""
        return f"{self.line}.seed{seed if self.seed is None else self.seed}"


@dataclass(frozen=True)
class Model:
    """One line of a table: a config with its seeds.

    Attributes:
        config: The config's path below `configs/`.
        seeds: The seeds of its runs.
        name: Its name in the table.
        band: The lowest and highest expected mean of the first metric, in per cent.
        published: The figure that others reported.
        options: Config overrides, by dotted key.
        data: The token of the data set in the config's name: one of the suite's.
        variant: The word that distinguishes lines of one config; empty if the config has one line.
        needs: The runs whose checkpoints its runs use.
        tta: Whether its test averages over the views of the config's `tta_pipeline`.
        fit: Whether its training is short (a `FitLoop`) and starts again from the needed weights every time.
    """

    config: str
    seeds: tuple[int, ...]
    name: str
    data: str
    band: tuple[float, float] | None = None
    published: Published | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    variant: str = ""
    needs: tuple[Need, ...] = ()
    fit: bool = False
    tta: bool = False

    @property
    def line(self) -> str:
        """Name of this line: the stem, and the variant if there is one."""
        return line_name(self.config, self.variant)

    @property
    def trains(self) -> bool:
        """Whether its runs train before they test."""
        return not any(need.option == TESTED for need in self.needs)

    @property
    def stem(self) -> str:
        """File name of the config without its suffix."""
        return Path(self.config).stem

    @property
    def devices(self) -> int:
        """Number of GPUs that the config's name asks for (`4xb2`: four)."""
        match = re.search(r"_(\d+)xb\d+", self.stem)
        return int(match[1]) if match else 1

    @property
    def algo(self) -> str:
        """Folder of the config: the algorithm."""
        return Path(self.config).parent.as_posix()


def with_seed(value: Any, seed: int) -> Any:
    """Return an option with `{seed}` replaced in its texts, also within lists and mappings.

    >>> with_seed({"lists": ["labelled-{seed}.txt"], "lr": 0.1}, 2)
    {'lists': ['labelled-2.txt'], 'lr': 0.1}
    """
    if isinstance(value, str):
        return value.replace("{seed}", str(seed))
    if isinstance(value, Mapping):
        return {key: with_seed(one, seed) for key, one in value.items()}
    return [with_seed(one, seed) for one in value] if isinstance(value, list) else value


@dataclass(frozen=True)
class Row:
    """One run: a model with one seed."""

    model: Model
    seed: int

    @property
    def options(self) -> dict[str, Any]:
        """Config overrides of the model, with `{seed}` in strings replaced: a seed can choose a fold."""
        return with_seed(dict(self.model.options), self.seed)

    @property
    def slot(self) -> str:
        """Name of the run's record and work directory."""
        return f"{self.model.line}.seed{self.seed}"

    def needed(self, suite: str) -> list[str]:
        """Return the slots of the runs of one suite that this run needs."""
        return [need.slot(self.seed) for need in self.model.needs if need.suite == suite]
