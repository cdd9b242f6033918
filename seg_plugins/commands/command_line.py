"""The command lines of train.py and test.py: upstream's, to the letter."""

import argparse
from collections.abc import Sequence
from typing import Any

from seg_plugins.config.option_values import parse_value

__all__ = ["OptionsAction", "add_cfg_options", "test_parser", "train_parser"]

OPTIONS_HELP = (
    "override config keys: KEY=VALUE with dotted keys; lists as key=a,b or key='[(a,b),(c,d)]', dictionaries "
    "as model.postprocess=\"[dict(type='DenseCRF')]\"; a variable of the config acts wherever it is used"
)


class OptionsAction(argparse.Action):
    """`KEY=VALUE ...` as a dictionary; the option may be given several times."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        """Add the given pairs to those before.

        Raises:
            ValueError: A word is no `KEY=VALUE`, or its value cannot be read.
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


def add_cfg_options(parser: argparse.ArgumentParser) -> None:
    """Add `--cfg-options`, the same for every tool that reads a config."""
    parser.add_argument(
        "--cfg-options", nargs="+", action=OptionsAction, metavar="KEY=VALUE", help=OPTIONS_HELP
    )


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what both tools take."""
    parser.add_argument("--work-dir", help="folder for logs, checkpoints and metrics [work_dirs/CONFIG NAME]")
    add_cfg_options(parser)
    parser.add_argument("--launcher", choices=["none", "pytorch", "slurm", "mpi"], default="none")
    # torch.distributed.launch passes --local-rank; torchrun sets LOCAL_RANK instead.
    parser.add_argument("--local_rank", "--local-rank", type=int, default=0, help=argparse.SUPPRESS)


def train_parser() -> argparse.ArgumentParser:
    """The parser of train.py."""
    parser = argparse.ArgumentParser(description="Train a segmentor.")
    parser.add_argument("config", help="config file")
    parser.add_argument(
        "--resume", action="store_true", help="go on from the latest checkpoint in the work dir"
    )
    parser.add_argument("--amp", action="store_true", help="train in mixed precision")
    add_common_arguments(parser)
    return parser


def test_parser() -> argparse.ArgumentParser:
    """The parser of test.py."""
    parser = argparse.ArgumentParser(description="Test a segmentor: metrics to WORK_DIR/metrics.json.")
    parser.add_argument("config", help="config file")
    parser.add_argument("checkpoint", help="checkpoint file (.pth)")
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
