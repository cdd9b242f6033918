"""Hand on a finished run of a suite: weights as .pth and .safetensors, named by their hash, and a model card.

    python tools/publish.py SUITE ROW [--checkpoint FILE] [--out DIR]

The checkpoint has to be the one that the row's record was measured with, at the end of its schedule.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from seg_plugins.files.package import shipped_root

from .argument_parser import ArgumentParser

__all__ = ["main", "publish_parser"]


def publish_parser() -> argparse.ArgumentParser:
    """The parser of publish.py."""
    parser = ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("suite", help="a suite of configs/suites/")
    parser.add_argument("row", help="a run, as `tools/benchmark.py status` names it")
    parser.add_argument("--checkpoint", type=Path, help="default: the last one in the run's work directory")
    parser.add_argument("--out", type=Path, default=Path("work_dirs/published"))
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tool; returns the exit code."""
    args = publish_parser().parse_args(argv)
    from seg_plugins.config.tool_command import tool_command
    from seg_plugins.zoo.runs.run_dir import RunDir
    from seg_plugins.zoo.suites.layout import Layout
    from seg_plugins.zoo.suites.suite import load_suite
    from seg_plugins.zoo.tables.publish import publish

    layout = Layout(shipped_root())
    suite = load_suite(layout, args.suite)
    row = suite.row(args.row)
    run = RunDir.of(layout, suite, row)
    checkpoint = args.checkpoint or run.checkpoint()
    record = layout.results(suite.name) / f"{row.slot}.json"
    if checkpoint is None:
        raise FileNotFoundError(f"{run.path} has no checkpoint: pass --checkpoint FILE")
    if not record.is_file():
        raise FileNotFoundError(f"{record} is missing: {tool_command('benchmark', 'collect', suite.name)}")
    files = publish(layout.config(row.model.config), checkpoint, record, args.out, shipped_root())
    for path in (files.weights, files.safetensors, files.card):
        print(path)
    return 0
