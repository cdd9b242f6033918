"""The start and end of every command: no noise, one message, an exit code."""

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

__all__ = ["COMMANDS", "Command", "check", "main", "parser_of", "start"]


class Command(NamedTuple):
    """A command.

    Attributes:
        what: Its purpose, in one line.
        parser: Module of this package and function that return its parser; neither loads torch.
    """

    what: str
    parser: str


COMMANDS = {
    "train": Command("train a segmentor", "command_line.train_parser"),
    "test": Command("test a checkpoint: metrics and a report", "command_line.test_parser"),
    "predict": Command("segment images, folders, videos and rasters", "predict.predict_parser"),
    "export": Command("write a trained network to a file that runs without PyTorch", "export.export_parser"),
    "prepare": Command(
        "prepare a data set: a public one or your own images", "prepare_dataset.prepare_parser"
    ),
    "check": Command("check a data set before training", "check_dataset.check_parser"),
    "benchmark": Command("run suites, and make their tables", "benchmark.parser"),
    "compare": Command("compare two tested runs", "compare.compare_parser"),
    "publish": Command("publish a trained model: weights and a model card", "publish.publish_parser"),
    "weights": Command("list, check and convert weights of a config", "weights.weights_parser"),
    "print-config": Command("show a config as it runs", "print_config.print_parser"),
    "serve": Command("serve a web page and an HTTP API around a model", "serve.serve_parser"),
    "gpu-check": Command("check this machine's GPUs in a few minutes", "gpu_check.gpu_check_parser"),
    "completion": Command("let the shell complete commands and names", "completion.completion_parser"),
}
MODULES = {name: module for module, name in NAMES.items()}


def parser_of(name: str) -> argparse.ArgumentParser:
    """Return the parser of a command. This loads neither torch nor MMSegmentation."""
    module, function = COMMANDS[name].parser.split(".")
    return getattr(import_module(f".{module}", __package__), function)()


def start(module: str) -> int:
    """Run the command of a module of this package, with `sys.argv`.

    Arguments, and the existence of config and checkpoint, are checked before anything is loaded.

    Args:
        module: The module, such as "train".

    Returns:
        The exit code: 0 done, 1 an input was refused, 2 wrong arguments, 85 stopped by a signal and
        resumable.
    """
    sys.excepthook = end_in_words
    if module == "train":
        stop_at_signals()
    quiet_warnings()
    return run_tool(lambda: run(module))


def run(module: str) -> int | None:
    """Check the arguments, then load and run a command, and return its exit code."""
    name = NAMES.get(module, module)
    read_arguments(parser_of(name), silent=True)
    check_opencv()
    with quiet_output():
        command = import_module(f".{module}", __package__)
    return command.main()


def check() -> int:
    """Only check the arguments of the command in `sys.argv`, as `start` does.

    Returns:
        The exit code: 0 correct, 2 wrong arguments.
    """
    name = sys.argv.pop(1)
    quiet_warnings()
    return run_tool(lambda: bool(read_arguments(parser_of(name), silent=True)) - 1)


def usage() -> str:
    """List the commands, one per line."""
    lines = "\n".join(f"  {name:14}{command.what}" for name, command in COMMANDS.items())
    return f"usage: {PROGRAM} COMMAND ...\n\n{lines}\n\n{PROGRAM} COMMAND --help says more"


def main(program: str | None = None) -> int:
    """Run `seg-plugins COMMAND ...`.

    Args:
        program: The words that the caller typed before the command; None stands for the path of the entry
            point.

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
    """Return the entry point as the user has to type it: its name if the shell finds it, else its path."""
    found = shutil.which(PROGRAM)
    return PROGRAM if found and found == shutil.which(sys.argv[0]) else sys.argv[0]
