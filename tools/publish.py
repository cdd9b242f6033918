"""Hand on a finished run of a suite: weights as .pth and .safetensors, named by their hash, and a model card.

    python tools/publish.py SUITE ROW [--checkpoint FILE] [--out DIR]

The checkpoint has to be the one that the row's record was measured with, at the end of its schedule.
"""

import argparse
import sys
from pathlib import Path

import opencv_check  # noqa: F401

ROOT = Path(__file__).resolve().parents[1]


def publish_row(argv: list[str] | None = None) -> int:
    """Run the tool; returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("suite", help="a suite of configs/suites/")
    parser.add_argument("row", help="a run, as `tools/benchmark.py status` names it")
    parser.add_argument("--checkpoint", type=Path, help="default: the last one in the run's work directory")
    parser.add_argument("--out", type=Path, default=Path("work_dirs/published"))
    args = parser.parse_args(argv)

    from seg_plugins.launch.tool_command import tool_command
    from seg_plugins.zoo.layout import Layout
    from seg_plugins.zoo.publish import publish
    from seg_plugins.zoo.run_dir import RunDir
    from seg_plugins.zoo.suite import load_suite

    layout = Layout(ROOT)
    suite = load_suite(layout, args.suite)
    row = suite.row(args.row)
    run = RunDir.of(layout, suite, row)
    checkpoint = args.checkpoint or run.checkpoint()
    record = layout.results(suite.name) / f"{row.slot}.json"
    if checkpoint is None:
        raise FileNotFoundError(f"{run.path} has no checkpoint: pass --checkpoint FILE")
    if not record.is_file():
        raise FileNotFoundError(f"{record} is missing: {tool_command('benchmark', 'collect', suite.name)}")
    files = publish(layout.configs / row.model.config, checkpoint, record, args.out, ROOT)
    for path in (files.weights, files.safetensors, files.card):
        print(path)
    return 0


def main() -> int:
    """Run the tool; returns the exit code (0 done, 2 wrong input)."""
    from seg_plugins.launch.user_errors import run_tool

    return run_tool(publish_row)


if __name__ == "__main__":
    sys.exit(main())
