"""The command lines of train.py and test.py, which equal upstream's, and the arguments of several tools."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from seg_plugins.checkpoints.choosing import choose_checkpoint
from seg_plugins.config.finding import find_config
from seg_plugins.config.option_values import parse_value

from .argument_parser import ArgumentParser

__all__ = [
    "OptionsAction",
    "add_cfg_options",
    "add_checkpoint",
    "add_config",
    "add_threads",
    "options_with_threads",
    "read_arguments",
    "test_parser",
    "train_parser",
]

OPTIONS_HELP = (
    "override config keys: KEY=VALUE with dotted keys; lists as key=a,b or key='[(a,b),(c,d)]', dictionaries "
    "as model.postprocess=\"[dict(type='DenseCRF')]\"; a variable of the config acts wherever it is used"
)


class OptionsAction(argparse.Action):
    """Parses `KEY=VALUE ...` into a dictionary; the option may be given several times."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Add the given pairs to the earlier ones.

        Raises:
            ValueError: A word is not `KEY=VALUE`, or its value cannot be parsed.
        """
        options = dict(getattr(namespace, self.dest, None) or {})
        for word in values or ():
            key, equals, value = word.partition("=")
            if not equals or not all(part.strip() == part != "" for part in key.split(".")):
                raise ValueError(
                    f"{option_string} {word}: write KEY=VALUE; other arguments go before {option_string}, "
                    "a value with spaces goes between quotes"
                )
            try:
                options[key] = parse_value(value)
            except ValueError as error:
                raise ValueError(f"{option_string} {word}: {error}") from None
        setattr(namespace, self.dest, options)


def add_config(parser: argparse.ArgumentParser) -> None:
    """Add the argument `config`, equal for every tool that reads one."""
    parser.add_argument("config", help="config file, or the name of a config in the zoo or in data/NAME/")


def add_checkpoint(parser: argparse.ArgumentParser) -> None:
    """Add the argument `checkpoint`, equal for every tool that uses a trained model."""
    parser.add_argument(
        "checkpoint",
        help="checkpoint file (.pth), or a work directory: its best one, else its last; or an exported file",
    )


def read_arguments(
    parser: argparse.ArgumentParser, argv: Sequence[str] | None = None, silent: bool = False
) -> argparse.Namespace:
    """Parse a command line, and replace a config's name and a work directory by files.

    Args:
        parser: Parser of the command; its arguments `config` and `checkpoint` are replaced.
        argv: Arguments after the program's name; None stands for `sys.argv`.
        silent: Do not report the chosen checkpoint.

    Raises:
        FileNotFoundError: The config or checkpoint does not exist.
    """
    args = parser.parse_args(argv)
    if isinstance(getattr(args, "config", None), str):
        found = find_config(args.config)
        args.config = args.config if Path(args.config) == found else str(found)
    given = getattr(args, "checkpoint", None)
    if isinstance(given, str) and "://" not in given:
        choice = choose_checkpoint(given)
        if choice.why:
            args.checkpoint = str(choice.path)
            if getattr(args, "work_dir", "") is None:
                args.work_dir = given  # the results of test.py lie beside the training
            if not silent and is_first_rank():
                print(f"checkpoint: {choice.path} ({choice.why})", file=sys.stderr)
    return args


def is_first_rank() -> bool:
    """Test whether this process reports for all processes of a run."""
    return os.environ.get("RANK", os.environ.get("SLURM_PROCID", "0")) == "0"


def add_cfg_options(parser: argparse.ArgumentParser) -> None:
    """Add `--cfg-options`, equal for every tool that reads a config."""
    parser.add_argument(
        "--cfg-options", nargs="+", action=OptionsAction, metavar="KEY=VALUE", help=OPTIONS_HELP
    )


def add_threads(parser: argparse.ArgumentParser) -> None:
    """Add `--threads`, the config key `engine.threads` as an option."""
    parser.add_argument(
        "--threads", type=int, help="threads that an exported file computes with [as many as PyTorch]"
    )


def options_with_threads(args: argparse.Namespace) -> dict[str, Any] | None:
    """Return the config keys that `--cfg-options` and `--threads` set."""
    threads = {} if args.threads is None else {"engine.threads": args.threads}
    return {**(args.cfg_options or {}), **threads} or None


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of both tools."""
    parser.add_argument(
        "--work-dir",
        help="folder for logs, checkpoints and metrics [work_dirs/CONFIG NAME, or that of the checkpoint]",
    )
    add_cfg_options(parser)
    parser.add_argument("--launcher", choices=["none", "pytorch", "slurm", "mpi"], default="none")
    # torch.distributed.launch passes --local-rank; torchrun sets LOCAL_RANK instead.
    parser.add_argument("--local_rank", "--local-rank", type=int, default=0, help=argparse.SUPPRESS)


def train_parser() -> argparse.ArgumentParser:
    """Return the parser of train.py."""
    parser = ArgumentParser(description="Train a segmentor.")
    add_config(parser)
    parser.add_argument(
        "--resume", action="store_true", help="continue from the latest checkpoint in the work dir"
    )
    parser.add_argument("--amp", action="store_true", help="train in mixed precision")
    add_common_arguments(parser)
    return parser


def test_parser() -> argparse.ArgumentParser:
    """Return the parser of test.py."""
    parser = ArgumentParser(description="Test a segmentor and write its metrics to WORK_DIR/metrics.json.")
    add_config(parser)
    add_checkpoint(parser)
    parser.add_argument(
        "--out", help="folder for predicted class maps: PNG with the ids of label files; needs no labels"
    )
    parser.add_argument("--show", action="store_true", help="show predictions in a window")
    parser.add_argument("--show-dir", help="folder for pictures of the predictions")
    parser.add_argument("--wait-time", type=float, default=2, help="seconds that --show waits [2]")
    parser.add_argument(
        "--tta", action="store_true", help="test-time augmentation, by the config's tta_pipeline"
    )
    add_common_arguments(parser)
    return parser
