"""How every command starts and ends: quietly, with one message and an exit code."""

import argparse
import shutil
import sys
from importlib import import_module
from typing import NamedTuple

from seg_plugins.config.suggestions import did_you_mean
from seg_plugins.config.tool_command import NAMES, PROGRAM

from .command_line import read_arguments
from .opencv_check import check_opencv, end_in_words
from .quiet import quiet_output, quiet_warnings
from .start_signals import stop_at_signals
from .user_errors import run_tool

__all__ = ["COMMANDS", "Command", "main", "parser_of", "start"]


class Command(NamedTuple):
    """A command.

    Attributes:
        what: What it does, in a line.
        parser: Module of this package and function that make its parser; neither loads torch.
    """

    what: str
    parser: str


COMMANDS = {
    "train": Command("train a segmentor", "command_line.train_parser"),
    "test": Command("test a checkpoint: metrics and a report", "command_line.test_parser"),
    "predict": Command("segment images, folders, videos and rasters", "predict.predict_parser"),
    "export": Command("write a trained network to a file that runs without PyTorch", "export.export_parser"),
    "prepare": Command(
        "make a data set ready, a public one or images of your own", "prepare_dataset.prepare_parser"
    ),
    "check": Command("look at a data set before training", "check_dataset.check_parser"),
    "benchmark": Command("run suites, and make their tables", "benchmark.parser"),
    "compare": Command("put two evaluated runs side by side", "compare.compare_parser"),
    "publish": Command("hand on a finished run: weights and a model card", "publish.publish_parser"),
    "print-config": Command("show a config as it runs", "print_config.print_parser"),
    "serve": Command("a web page and an HTTP API around a model", "serve.serve_parser"),
    "completion": Command("let the shell complete commands and names", "completion.completion_parser"),
}
MODULES = {name: module for module, name in NAMES.items()}


def parser_of(name: str) -> argparse.ArgumentParser:
    """The parser of a command. Loads neither torch nor MMSegmentation."""
    module, function = COMMANDS[name].parser.split(".")
    return getattr(import_module(f".{module}", __package__), function)()


def start(module: str) -> int:
    """Run the command that a module of this package holds, on `sys.argv`.

    Arguments, and whether the config and the checkpoint are there, are checked before anything is loaded.

    Args:
        module: The module, such as "train".

    Returns:
        The exit code: 0 done, 1 something was refused, 2 wrong input, 85 stopped by a signal and resumable.
    """
    sys.excepthook = end_in_words
    if module == "train":
        stop_at_signals()
    quiet_warnings()
    return run_tool(lambda: run(module))


def run(module: str) -> int | None:
    """Check the arguments, then load and run a command; returns its exit code."""
    name = NAMES.get(module, module)
    read_arguments(parser_of(name), silent=True)
    check_opencv()
    with quiet_output():
        command = import_module(f".{module}", __package__)
    return command.main()


def usage() -> str:
    """The commands, one a line."""
    lines = "\n".join(f"  {name:14}{command.what}" for name, command in COMMANDS.items())
    return f"usage: {PROGRAM} COMMAND ...\n\n{lines}\n\n{PROGRAM} COMMAND --help says more"


def main(program: str | None = None) -> int:
    """Run `seg-plugins COMMAND ...`.

    Args:
        program: What the caller typed before the command; None is the path of the entry point.

    Returns:
        The exit code.
    """
    name = sys.argv[1] if len(sys.argv) > 1 else "--help"
    if name in ("-h", "--help"):
        print(usage())
        return 0
    if name not in COMMANDS:
        print(
            f"{PROGRAM}: there is no command {name!r}.{did_you_mean(name, COMMANDS)}\n\n{usage()}",
            file=sys.stderr,
        )
        return 2
    sys.argv[:2] = [f"{program or called()} {name}"]
    return start(MODULES.get(name, name))


def called() -> str:
    """The entry point as the user has to type it: its name where the shell finds it, else its path."""
    found = shutil.which(PROGRAM)
    return PROGRAM if found and found == shutil.which(sys.argv[0]) else sys.argv[0]
