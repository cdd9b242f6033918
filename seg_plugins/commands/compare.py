"""Compare two tested runs: which one is better, on how many images, and whether the difference is noise.

`python tools/compare.py RUN_A RUN_B [--out compare.html]`

RUN is a work directory in which `tools/test.py` wrote `report/record.npz`, or that file.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from seg_plugins.report.record_file import find_record

from .argument_parser import ArgumentParser

__all__ = ["compare_parser", "main"]


def compare_parser() -> argparse.ArgumentParser:
    """Return the parser of compare.py."""
    parser = ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_a", type=Path, help="work directory or record of the first run")
    parser.add_argument("run_b", type=Path, help="work directory or record of the second run")
    parser.add_argument("--out", type=Path, default=Path("compare.html"), help="page to write (%(default)s)")
    return parser


def main(argv: Sequence[str] | None = None) -> None:
    """Run the comparison of the command line."""
    args = compare_parser().parse_args(argv)
    paths = [find_record(path) for path in (args.run_a, args.run_b)]
    from seg_plugins.report.comparison_report import write_comparison
    from seg_plugins.report.run_record import RunRecord

    a, b = map(RunRecord.load, paths)
    if a.name == b.name:
        a.name, b.name = str(args.run_a), str(args.run_b)
    result = write_comparison(a, b, args.out)
    print(result.verdict(a.name, b.name))
    print(f"page: {args.out.resolve()}")
