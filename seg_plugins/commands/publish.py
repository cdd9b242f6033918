"""Publish a trained model: weights as .pth and .safetensors, named by their hash, and a model card.

    python tools/publish.py WORK_DIR               the best checkpoint of a training, otherwise its last
    python tools/publish.py CONFIG CHECKPOINT      a checkpoint, or the one of its work directory
    python tools/publish.py SUITE ROW              a run of a suite, with the figures of its record

The checkpoint of a row has to be the one that its record was measured with, at the end of its schedule.
Other cards state that there is no suite record, and show the figures of a test in the checkpoint's folder.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from seg_plugins.checkpoints.choosing import choose_checkpoint
from seg_plugins.config.finding import find_config
from seg_plugins.config.suggestions import did_you_mean
from seg_plugins.config.tool_command import tool_command
from seg_plugins.files.package import shipped_root
from seg_plugins.zoo.suites.layout import Layout

from .argument_parser import ArgumentParser
from .quiet import quiet_output

__all__ = ["main", "publish_parser"]


def publish_parser() -> argparse.ArgumentParser:
    """Return the parser of publish.py."""
    parser = ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    parser.add_argument("source", metavar="WORK_DIR|CONFIG|SUITE", help="what to publish; see above")
    parser.add_argument(
        "part", nargs="?", metavar="CHECKPOINT|ROW", help="a row as `tools/benchmark.py status` names it"
    )
    parser.add_argument("--checkpoint", type=Path, help="checkpoint of a row [the last one of the run]")
    parser.add_argument("--out", type=Path, default=Path("work_dirs/published"), help="folder [%(default)s]")
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the tool, and return the exit code."""
    args = publish_parser().parse_args(argv)
    if args.part is None:
        return publish_run(work_directory(args.source), None, args.out)
    from seg_plugins.zoo.suites.suite import list_suites

    layout, name = Layout.of_suite(shipped_root(), args.source)
    suites = list_suites(layout)
    if name in suites and not args.source.endswith(".py"):
        return publish_row(layout, name, args)
    try:
        config = find_config(args.source)
    except FileNotFoundError as error:
        raise FileNotFoundError(f"{error}{did_you_mean(args.source, suites)}") from None
    return publish_run(Path(args.part), config, args.out)


def work_directory(source: str) -> Path:
    """Return a folder that is the only argument; raise FileNotFoundError if it does not exist."""
    if not Path(source).expanduser().is_dir():
        forms = ", ".join(("WORK_DIR", "CONFIG CHECKPOINT", "SUITE ROW"))
        raise FileNotFoundError(f"{source}: no such folder. What can be published: {forms}")
    return Path(source).expanduser()


def publish_run(place: Path, config: Path | None, out: Path) -> int:
    """Publish a checkpoint, or that of a work directory; no suite has to list it."""
    choice = choose_checkpoint(place)
    with quiet_output():
        from seg_plugins.zoo.tables.publish import publish_unlisted
        from seg_plugins.zoo.tables.unlisted_run import config_of_run

        files = publish_unlisted(config or config_of_run(place), choice.path, out)
    print(f"{choice.path}{f' ({choice.why})' if choice.why else ''}; no suite record")
    for path in (files.weights, files.safetensors, files.card, files.config):
        print(path)
    return 0


def publish_row(layout: Layout, name: str, args: argparse.Namespace) -> int:
    """Publish a run of a suite."""
    from seg_plugins.zoo.suites.suite import load_suite

    suite = load_suite(layout, name)
    row = suite.row(args.part)
    with quiet_output():
        from seg_plugins.zoo.runs.run_dir import RunDir
        from seg_plugins.zoo.tables.publish import publish

    run = RunDir.of(layout, suite, row)
    checkpoint = args.checkpoint or run.checkpoint()
    record = layout.results(suite.name) / f"{row.slot}.json"
    if checkpoint is None:
        raise FileNotFoundError(f"{run.path} has no checkpoint: pass --checkpoint FILE")
    if not record.is_file():
        command = tool_command("benchmark", "collect", layout.spoken(suite.name))
        raise FileNotFoundError(f"{record} is missing: {command}")
    files = publish(layout.config(row.model.config), checkpoint, record, args.out, shipped_root())
    for path in (files.weights, files.safetensors, files.card):
        print(path)
    return 0
