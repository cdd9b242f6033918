"""The arguments of `tools/train.py` and `tools/test.py` for a run of a suite."""

from ..suites.layout import Layout
from ..suites.model import TESTED, Row
from .option_words import option_words
from .run_dir import RunDir, needed_files

__all__ = ["test_command", "train_command"]


def options_of(row: Row, needed: dict[str, str]) -> list[str]:
    """Return the run's seed, overrides and needed checkpoints by config key as command line words."""
    return ["--cfg-options", *option_words({"randomness.seed": row.seed, **row.options, **needed})]


def train_command(layout: Layout, row: Row, run: RunDir) -> list[str]:
    """Return the arguments that train a run or continue it. A fit is short and starts again from its weights.

    A run that starts from the weights of another is resumed only from a checkpoint of its own. Otherwise it
    would continue the training of the other.

    Raises:
        ValueError: A run that it needs is not finished.
    """
    needed = {key: str(path) for key, path in needed_files(layout, row).items()}
    head = [layout.tool("train"), str(layout.config(row.model.config)), "--work-dir", str(run.path)]
    goes_on = "load_from" not in needed or run.checkpoint() is not None
    resume = ["--resume"] if goes_on and not row.model.fit else []
    return [*head, *resume, *options_of(row, needed)]


def test_command(layout: Layout, row: Row, run: RunDir) -> list[str]:
    """Return the arguments that test a run's last checkpoint, or that of the run that its test needs.

    Raises:
        ValueError: The training left no checkpoint, or a run that it needs is not finished.
    """
    needed = needed_files(layout, row)
    checkpoint = needed.pop(TESTED) if not row.model.trains else run.checkpoint()
    if checkpoint is None:
        raise ValueError(f"the training left no checkpoint in {run.path}")
    needed.pop("load_from", None)
    head = [layout.tool("test"), str(layout.config(row.model.config)), str(checkpoint)]
    options = options_of(row, {key: str(path) for key, path in needed.items()})
    tta = ["--tta"] if row.model.tta else []
    return [*head, "--work-dir", str(run.path / "test"), *tta, *options]
