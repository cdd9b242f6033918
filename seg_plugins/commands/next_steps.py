"""The results of a run and the next commands: the last lines of train.py and test.py."""

from collections.abc import Iterator
from pathlib import Path

from seg_plugins.checkpoints.choosing import best_checkpoint, last_checkpoint, step_of
from seg_plugins.config.finding import config_word
from seg_plugins.config.tool_command import tool_command
from seg_plugins.report.scalars import read_scalars

__all__ = ["after_test", "after_training"]


def short(path: Path) -> str:
    """Write a path relative to the current folder if it lies below, otherwise as an absolute path."""
    path = path.absolute()
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def score_of(work_dir: Path, checkpoint: Path, metric: str) -> str:
    """Return the validation figure of a checkpoint, in words; empty if the log does not hold it."""
    for line in reversed(read_scalars(work_dir)):
        values = {key.replace("/", "_"): value for key, value in line.items()}
        if line["step"] == step_of(checkpoint) and isinstance(values.get(metric), int | float):
            return f", {metric} {values[metric]:.2f} in validation"
    return ""


def config_to_show(config: str, work_dir: Path, changed: bool) -> str:
    """Return the config for the next command: the given one, or the one as run if options changed it."""
    dumped = work_dir / Path(config).name
    return short(dumped) if changed and dumped.is_file() else config_word(config)


def after_training(config: str, work_dir: str, changed: bool = False) -> Iterator[str]:
    """Yield the lines at the end of a training.

    Args:
        config: The config's path.
        work_dir: The work directory.
        changed: Whether the command line changed the config.
    """
    folder = Path(work_dir)
    if best := best_checkpoint(folder):
        metric = best.why.removeprefix("the best by ")
        yield f"best checkpoint: {short(best.path)}{score_of(folder, best.path, metric)}"
    elif last := last_checkpoint(folder):
        yield f"last checkpoint: {short(last.path)}"
    if pictures := sorted(folder.glob("*.png")):
        yield f"pictures: {', '.join(map(short, pictures))}"
    yield f"work directory: {folder.resolve()}"
    shown = config_to_show(config, folder, changed)
    if best or last_checkpoint(folder):
        yield f"test it: {tool_command('test', shown, short(folder))}"
        yield f"use it: {predict_command(shown, short(folder))}"


def after_test(config: str, checkpoint: str, work_dir: str) -> Iterator[str]:
    """Yield the lines at the end of a test; the arguments are those of test.py."""
    folder = Path(work_dir)
    yield f"metrics: {(folder / 'metrics.json').resolve()}"
    if (page := folder / "report" / "report.html").is_file():
        yield f"report: {page.resolve()}"
    yield f"use it: {predict_command(config_word(config), checkpoint)}"


def predict_command(config: str, checkpoint: str) -> str:
    """Return the command that segments a user's images."""
    return f"{tool_command('predict', config, checkpoint)} IMAGES --out predictions"
