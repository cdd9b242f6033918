"""The command lines of train.py and test.py: upstream's, to the letter."""

import argparse
import ast
from typing import Any

from mmengine.config import DictAction

__all__ = ["OptionsAction", "test_parser", "train_parser"]

OPTIONS_HELP = (
    "override config keys: KEY=VALUE with dotted keys; lists as key=a,b or key='[(a,b),(c,d)]', dictionaries "
    "as in Python: model.postprocess=\"[{'type': 'DenseCRF'}]\""
)


class OptionsAction(DictAction):
    """Upstream's `KEY=VALUE`, and values that begin with a dictionary, which it cannot read, as Python."""

    @staticmethod
    def _parse_iterable(val: str) -> Any:
        if not val.lstrip(" [(").startswith("{"):
            return DictAction._parse_iterable(val)
        try:
            return ast.literal_eval(val)
        except (SyntaxError, ValueError) as error:
            raise ValueError(
                f"--cfg-options: {val} is not a Python literal ({error}): quote names and texts, as in "
                "\"[{'type': 'DenseCRF'}]\""
            ) from error


def add_common_arguments(parser: argparse.ArgumentParser) -> None:
    """Add what both tools take."""
    parser.add_argument("--work-dir", help="folder for logs, checkpoints and metrics [work_dirs/CONFIG NAME]")
    parser.add_argument("--cfg-options", nargs="+", action=OptionsAction, help=OPTIONS_HELP)
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
