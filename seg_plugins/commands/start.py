"""How every command starts and ends: quietly, with one message and an exit code."""

import sys
from contextlib import redirect_stdout
from importlib import import_module

from .opencv_check import check_opencv, end_in_words
from .start_signals import stop_at_signals

__all__ = ["COMMANDS", "main", "start"]

COMMANDS = {
    "train": "train a segmentor",
    "test": "test a checkpoint: metrics and a report",
    "predict": "segment images, folders, videos and rasters",
    "prepare": "make a data set ready, a public one or images of your own",
    "check": "look at a data set before training",
    "benchmark": "run suites, and make their tables",
    "compare": "put two evaluated runs side by side",
    "publish": "hand on a finished run: weights and a model card",
    "print-config": "show a config as it runs",
    "serve": "a web page and an HTTP API around a model",
}
MODULES = {"prepare": "prepare_dataset", "check": "check_dataset", "print-config": "print_config"}


def start(name: str) -> int:
    """Run the command that a module of this package holds, on `sys.argv`.

    Args:
        name: The module, such as "train".

    Returns:
        The exit code: 0 done, 1 something was refused, 2 wrong input, 85 stopped by a signal and resumable.
    """
    sys.excepthook = end_in_words
    if name == "train":
        stop_at_signals()
    check_opencv()
    with redirect_stdout(sys.stderr):  # MMSegmentation prints while it loads; stdout is for the answer
        from .user_errors import run_tool

        command = import_module(f".{name}", __package__)
    return run_tool(command.main)


def usage() -> str:
    """The commands, one a line."""
    lines = "\n".join(f"  {name:14}{what}" for name, what in COMMANDS.items())
    return f"usage: seg-plugins COMMAND ...\n\n{lines}\n\nseg-plugins COMMAND --help says more"


def main() -> int:
    """Run `seg-plugins COMMAND ...`; returns the exit code."""
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name in ("-h", "--help"):
        print(usage())
        return 0
    if name not in COMMANDS:
        from seg_plugins.config.suggestions import did_you_mean

        print(
            f"seg-plugins: there is no command {name!r}.{did_you_mean(name, COMMANDS)}\n\n{usage()}",
            file=sys.stderr,
        )
        return 2
    sys.argv[:2] = [f"seg-plugins {name}"]
    return start(MODULES.get(name, name))
