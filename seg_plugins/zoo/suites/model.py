"""What a suite lists: models with their seeds, the runs that follow, and what a run needs of others."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from .record import line_name

__all__ = ["TESTED", "Model", "Need", "Published", "Row"]

TESTED = "test"  # in place of a config key: the needed checkpoint is tested, and nothing is trained


@dataclass(frozen=True)
class Published:
    """A figure somebody else published.

    Attributes:
        value: The figure, in per cent.
        protocol: Split, schedule, crop, pre-training: what the figure was measured with.
        source: A link or the citation.
        data: The data set; a difference is shown only where the model is measured on it.
        metric: What is measured.
    """

    value: float
    protocol: str
    source: str
    data: str
    metric: str = "mIoU"


@dataclass(frozen=True)
class Need:
    """A run whose last checkpoint another run takes.

    Attributes:
        line: The name of the line that is needed, as `Model.line` gives it.
        suite: The suite that lists it.
        option: The config key that is given the checkpoint's path, or `TESTED`.
        seed: The seed of the needed run; None is the seed of the run that needs it.
    """

    line: str
    suite: str
    option: str = "load_from"
    seed: int | None = None

    def slot(self, seed: int) -> str:
        """The name of the needed run, for a run of that seed."""
        return f"{self.line}.seed{seed if self.seed is None else self.seed}"


@dataclass(frozen=True)
class Model:
    """One line of a table: a config with its seeds.

    Attributes:
        config: The config's path below `configs/`.
        seeds: The seeds it is run with.
        name: What the table calls it.
        band: The lowest and highest expected mean of the first metric, in per cent.
        published: What others reported.
        options: Config overrides, by dotted key.
        data: The data set's token in the config's name: one of the suite's.
        variant: Tells lines of one config apart; empty where the config has one.
        needs: The runs whose checkpoints its runs take.
        fit: Its training is short (a `FitLoop`) and starts again from the needed weights every time.
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

    @property
    def line(self) -> str:
        """The name of this line: the stem, and the variant if there is one."""
        return line_name(self.config, self.variant)

    @property
    def trains(self) -> bool:
        """Whether its runs train before they test."""
        return not any(need.option == TESTED for need in self.needs)

    @property
    def stem(self) -> str:
        """The config's file name without its ending."""
        return Path(self.config).stem

    @property
    def devices(self) -> int:
        """The GPUs that the config's name asks for (`4xb2`: four)."""
        match = re.search(r"_(\d+)xb\d+", self.stem)
        return int(match[1]) if match else 1

    @property
    def algo(self) -> str:
        """The folder of the config: the algorithm."""
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
        """The model's config overrides, `{seed}` in a text replaced: so that a seed can choose a fold."""
        return with_seed(dict(self.model.options), self.seed)

    @property
    def slot(self) -> str:
        """The name of the run's record and work directory."""
        return f"{self.model.line}.seed{self.seed}"

    def needed(self, suite: str) -> list[str]:
        """The slots of the runs of one suite that this run needs."""
        return [need.slot(self.seed) for need in self.model.needs if need.suite == suite]
