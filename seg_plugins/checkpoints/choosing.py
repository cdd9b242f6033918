"""The checkpoint that a work directory stands for. Loads no torch."""

import re
from pathlib import Path
from typing import NamedTuple

from seg_plugins.config.suggestions import close_names

__all__ = ["Choice", "best_checkpoint", "choose_checkpoint", "last_checkpoint", "near_checkpoints", "step_of"]

STEP = re.compile(r"_(\d+)\.pth$")
BEST = re.compile(r"best_(.+)_(?:iter|epoch)_\d+\.pth")


class Choice(NamedTuple):
    """A checkpoint of a work directory.

    Attributes:
        path: The file.
        why: Reason for the choice: the best by some metric, or the last.
    """

    path: Path
    why: str


def step_of(path: Path) -> int:
    """Return the iteration or epoch in a checkpoint's name, or -1 if it has none."""
    found = STEP.search(path.name)
    return int(found[1]) if found else -1


def best_checkpoint(folder: Path) -> Choice | None:
    """Return the best checkpoint of a folder: by mIoU if there are several metrics, else the latest."""
    found = [(path, match[1]) for path in folder.glob("best_*.pth") if (match := BEST.fullmatch(path.name))]
    if not found:
        return None
    path, metric = max(found, key=lambda one: (one[1] == "mIoU", step_of(one[0]), one[0].name))
    return Choice(path, f"the best by {metric}")


def last_checkpoint(folder: Path) -> Choice | None:
    """Return the checkpoint that `last_checkpoint` names, else the one of the highest step."""
    try:
        named = Path((folder / "last_checkpoint").read_text().strip())
    except (OSError, UnicodeDecodeError):
        named = None
    if named is not None and named.name:
        here = folder / named.name  # the folder may have been moved since
        if existing := next((path for path in (here, named) if path.is_file()), None):
            return Choice(existing, "the last")
    files = [path for path in folder.glob("*.pth") if not BEST.fullmatch(path.name) and path.is_file()]
    return Choice(max(files, key=lambda path: (step_of(path), path.name)), "the last") if files else None


def near_checkpoints(path: Path) -> str:
    """List the checkpoints in the folder where `path` should be, as a sentence."""
    folder = path if path.is_dir() else path.parent
    found = {str(p): p for p in sorted(folder.glob("*.pth"))} if folder.is_dir() else {}
    if not found:
        return " Train first, or give the path of a .pth file or of a work directory."
    names = close_names(str(path), found, cutoff=0.3) or list(found)[:3]
    return f" Its folder holds: {', '.join(names)}"


def choose_checkpoint(path: str | Path) -> Choice:
    """Return the checkpoint that a path means: the file itself, or the best, else the last, of a folder.

    Args:
        path: A `.pth` file or a work directory.

    Returns:
        The file and the reason for the choice, which is empty if the path is the file itself.

    Raises:
        FileNotFoundError: There is no such file, or no checkpoint in the folder.
    """
    path = Path(path).expanduser()
    if path.is_file():
        return Choice(path, "")
    if path.is_dir():
        if (found := best_checkpoint(path) or last_checkpoint(path)) is not None:
            return found
        raise FileNotFoundError(
            f"checkpoint {path}: this folder holds none (best_*.pth, or *.pth): give the work directory of a "
            "training, or a .pth file"
        )
    raise FileNotFoundError(f"checkpoint {path}: there is no such file.{near_checkpoints(path)}")
