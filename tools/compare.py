"""Put two evaluated runs side by side: which is better, on how many images, is it noise.

`python tools/compare.py RUN_A RUN_B [--out compare.html]`

RUN is a work directory in which `tools/test.py` has left `report/record.npz`, or that file.
"""

import argparse
import sys
from pathlib import Path

import opencv_check  # noqa: F401


def compare(arguments: list[str] | None = None) -> None:
    """Compare as the command line says."""
    from seg_plugins.report.comparison_report import write_comparison
    from seg_plugins.report.run_record import RunRecord

    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("run_a", type=Path, help="work directory or record of the first run")
    parser.add_argument("run_b", type=Path, help="the same of the second run")
    parser.add_argument("--out", type=Path, default=Path("compare.html"), help="page to write (%(default)s)")
    args = parser.parse_args(arguments)
    a, b = (RunRecord.load(p) for p in (args.run_a, args.run_b))
    if a.name == b.name:
        a.name, b.name = str(args.run_a), str(args.run_b)
    result = write_comparison(a, b, args.out)
    print(result.verdict(a.name, b.name))
    print(f"page: {args.out.resolve()}")


def main(arguments: list[str] | None = None) -> int:
    """Run the tool; returns the exit code (0 done, 2 wrong input)."""
    from seg_plugins.launch.user_errors import run_tool

    return run_tool(lambda: compare(arguments))


if __name__ == "__main__":
    sys.exit(main())
