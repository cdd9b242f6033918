"""Command lines in messages, in the form that works where the user is, quoted for the shell."""

import shlex
import shutil
import sys
from pathlib import Path

from seg_plugins.files.package import shipped_folder

__all__ = ["MODULE", "NAMES", "PROGRAM", "tool_command"]

PROGRAM = "seg-plugins"
MODULE = "python -m seg_plugins"
NAMES = {
    "prepare_dataset": "prepare",
    "check_dataset": "check",
    "print_config": "print-config",
    "gpu_check": "gpu-check",
}


def python() -> str:
    """Return the command for this Python: `python` if the shell finds it under that name, else its path."""
    found, running = shutil.which("python"), Path(sys.executable)
    if found and Path(found).absolute().parent == running.parent:  # not resolved: environments are links
        return "python"
    return str(running.relative_to(Path.cwd()) if running.is_relative_to(Path.cwd()) else running)


def _entry_point() -> list[str]:
    """Return the words that start a command by its name, if the caller used none."""
    return [PROGRAM] if shutil.which(PROGRAM) else [python(), "-m", "seg_plugins"]


def tool_command(tool: str, *words: object) -> str:
    """Return the command line of a tool, quoted for the shell.

    It has the form in which this process was started: `seg-plugins train`, `python -m seg_plugins train`, or
    `python tools/train.py`. In other programs it is the form that works from the current folder.

    Args:
        tool: Name of the file in `tools/`, without suffix.
        *words: Arguments of the tool.

    >>> tool_command("train", "my data/config.py").split("train")[1]
    ".py 'my data/config.py'"
    """
    called = sys.argv[0] if sys.argv else ""
    folder = Path("tools") if not called.endswith(".py") else Path(called).parent
    if called.startswith(MODULE):
        start = [python(), "-m", "seg_plugins"]
    elif (before := called.rpartition(" ")[0]).endswith(PROGRAM):
        start = [before]
    elif _is_tools(folder) or _is_tools(folder := Path("tools")):
        return shlex.join([python(), str(folder / f"{tool}.py"), *map(str, words)])
    else:
        start = _entry_point()
    return shlex.join([*start, NAMES.get(tool, tool), *map(str, words)])


def _is_tools(folder: Path) -> bool:
    return folder.resolve() == shipped_folder("tools").resolve()
