"""Check this machine's GPUs in a few minutes: what holds, and how fast it is.

`tools/gpu_check.sh [--quick] [--out DIR] [--device cpu]`

`gpu_check.json` and `gpu_check.html` in DIR are written after every part.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from .argument_parser import ArgumentParser

__all__ = ["gpu_check_parser", "main"]


def gpu_check_parser() -> argparse.ArgumentParser:
    """Return the parser of gpu_check.py."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="at most 4 minutes instead of 10")
    folder = Path("work_dirs/gpu_check")
    parser.add_argument("--out", type=Path, default=folder, help="folder of the results (%(default)s)")
    parser.add_argument(
        "--device",
        choices=("cuda", "cpu"),
        default="cuda",
        help="cpu tries the check itself, on small networks",
    )
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Check as the command line says; 1 if a part failed or was not done in time."""
    args = gpu_check_parser().parse_args(argv)
    import torch

    from seg_plugins.gpu_check import run_parts

    if args.device == "cuda" and not torch.cuda.is_available():
        raise ValueError(
            "PyTorch finds no GPU here: start this on a node that has one, with a PyTorch built for CUDA "
            f"(this is {torch.__version__}); --device cpu tries the check itself"
        )
    bad = 0
    for part in run_parts(args.out, args.device, args.quick):
        print(f"{part['state']:9} {part['seconds']:6.1f} s  {part['title']}: {part['words']}", flush=True)
        bad += part["state"] in ("failed", "timed out")
    print(f"page: {(args.out / 'gpu_check.html').resolve()}")
    return int(bad > 0)
