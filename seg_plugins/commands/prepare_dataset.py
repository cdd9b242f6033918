"""Prepare a data set for training.

python tools/prepare_dataset.py NAME [--source DIR] [--out DIR]      a public data set
python tools/prepare_dataset.py folder --images DIR --masks DIR      images and masks of one's own
python tools/prepare_dataset.py split ROOT [--folds 5]               divide a prepared data set again
python tools/prepare_dataset.py pack CONFIG                          decode once, for PackedSegDataset
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seg_plugins.config.tool_command import tool_command
from seg_plugins.files.atomic import write_bytes
from seg_plugins.files.package import shipped_folder

from .argument_parser import ArgumentParser
from .command_line import add_cfg_options, read_arguments
from .opencv_check import check_opencv
from .prepare_folder import add_folder, run_folder
from .prepare_lists import add_lists, lists_wanted, run_lists
from .quiet import quiet_output
from .user_errors import EXIT_USER_ERROR

if TYPE_CHECKING:
    from seg_plugins.converters import Converter

__all__ = ["main", "prepare_parser"]


def parse_size(text: str) -> tuple[int, int]:
    """Parse "128x256" as height and width."""
    height, width = text.lower().split("x")
    return int(height), int(width)


def parse_counts(text: str) -> dict[str, int]:
    """Parse "train=600,val=100"."""
    counts = {split: int(count) for split, count in (part.split("=") for part in text.split(","))}
    if not counts.keys() <= {"train", "val", "test"} or min(counts.values()) < 0:
        raise ValueError(text)
    return counts


def parse_positive(text: str) -> int:
    """Parse a number that has to be at least 1."""
    if int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is too small: use 1 or more")
    return int(text)


def prepare_parser() -> argparse.ArgumentParser:
    """Return the parser of prepare_dataset.py."""
    check_opencv()  # the converters load it
    from seg_plugins.converters import CONVERTERS
    from seg_plugins.converters.synth_streets import DEFAULT_COUNTS, DEFAULT_SIZE

    parser = ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    names = parser.add_subparsers(dest="name", required=True, metavar="NAME")
    for name, converter in CONVERTERS.items():
        sub = names.add_parser(name, help=converter.fetch, description=converter.fetch)
        sub.add_argument("--out", type=Path, help=f"folder of the result (default: data/{name})")
        sub.add_argument(
            "--jobs", type=parse_positive, default=os.cpu_count() or 1, help="processes (default: all cores)"
        )
        if name == "synth-streets":
            sub.add_argument("--size", type=parse_size, default=DEFAULT_SIZE, help="HxW (default: 128x256)")
            sub.add_argument("--counts", type=parse_counts, default=DEFAULT_COUNTS, help="train=600,val=100")
            sub.add_argument("--seed", type=int, default=0)
        else:
            sub.add_argument("--source", type=Path, help="folder of the publisher's files")
            sub.add_argument("--partial", action="store_true", help="accept counts other than the published")
    add_splitting(names)
    add_pack(names)
    return parser


def add_splitting(names: argparse._SubParsersAction) -> None:
    """Add the subcommands `folder` and `split`."""
    folder = add_folder(names, parse_positive)
    split = names.add_parser("split", help="divide a prepared data set again")
    split.add_argument("root", type=Path, help="root of the data set")
    split.add_argument("--list-name", default="own", help="lists go to ROOT/splits/LIST_NAME")
    split.add_argument("--config", dest="leaf", help="with --folds: leaf below configs/ to write a suite for")
    add_lists(split, parse_positive)
    for sub in (folder, split):
        sub.add_argument("--val", type=float, default=0.2, help="fraction of validation images")
        sub.add_argument("--stratified", action="store_true", help="divide the pixels of every class equally")
        sub.add_argument("--groups", help="regular expression: images of one group stay in one part")
        sub.add_argument("--folds", type=int, nargs="?", const=5, default=0, help="k-fold lists (5)")
        sub.add_argument("--seed", type=int, default=0)


def add_pack(names: argparse._SubParsersAction) -> None:
    """Add the subcommand `pack`."""
    pack = names.add_parser("pack", help="decode a config's data sets once, for PackedSegDataset")
    pack.add_argument("config", help="config with the data sets")
    pack.add_argument("--splits", nargs="+", default=["train"], choices=("train", "val", "test"))
    pack.add_argument("--verify", action="store_true", help="compare an existing pack with its checksums")
    pack.add_argument(
        "--jobs", type=parse_positive, default=os.cpu_count() or 1, help="threads (default: all cores)"
    )
    add_cfg_options(pack)


def run_pack(args: argparse.Namespace) -> None:
    """Run the subcommand `pack`."""
    with quiet_output():
        from mmengine.registry import init_default_scope

        from seg_plugins.datasets.packing import pack_split

        from .configs import read_config

    cfg = read_config(args.config, args.cfg_options)
    init_default_scope(cfg.get("default_scope", "mmseg"))
    for split in dict.fromkeys(args.splits):
        pack, fresh = pack_split(cfg, split, args.config, args.jobs, args.verify)
        size = pack.about["data_bytes"] / 1e9
        state = "are now" if fresh else "were already"
        print(f"{split}: {len(pack)} images {state} in {pack.folder} ({size:.1f} GB)")
    print("""use it in a config based on this one:
train_dataloader = dict(
    dataset=dict(_delete_=True, type="PackedSegDataset", dataset={{_base_.train_dataloader.dataset}})
)""")


def run_split(args: argparse.Namespace) -> int:
    """Run the subcommand `split`, and return the exit code."""
    if lists_wanted(args):
        return run_lists(args)
    with quiet_output():
        from seg_plugins.converters.dividing import SplitRule
        from seg_plugins.converters.splitting import data_of, kfold_suite, split_prepared

    lists = Path("splits") / args.list_name
    rule = SplitRule(args.val, args.stratified, args.groups, args.folds, args.seed)
    parts = split_prepared(args.root, args.root / lists, rule)
    print(f"{len(parts['train'])} train, {len(parts['val'])} val images in {args.root / lists}")
    if args.leaf and args.folds:
        name = f"{Path(args.leaf).stem}-{args.folds}fold"
        path = shipped_folder("configs") / "suites" / f"{name}.yaml"
        prefixes = dict(img_path="images", seg_map_path="labels")
        text = kfold_suite(args.leaf, data_of(args.leaf), lists.as_posix(), args.folds, **prefixes)
        write_bytes(path, text.encode())
        print(f"run with: {tool_command('benchmark', 'run', name)}")
    return 0


def run_converter(args: argparse.Namespace) -> None:
    """Prepare a public data set, and report the result."""
    from seg_plugins.converters import CONVERTERS

    converter = CONVERTERS[args.name]
    out = args.out or Path("data") / converter.name
    record = run(converter, args, out)
    counts = ", ".join(f"{count} {split}" for split, count in record["images"].items())
    print(f"{converter.name}: {counts} images {'are now' if record['fresh'] else 'were already'} in {out}")
    for note, times in record["notes"].items():
        print(f"note: {note} ({times} images)")
    print(f"licence: {converter.licence}\ncite: {converter.citation}")


def run(converter: "Converter", args: argparse.Namespace, out: Path) -> dict:
    """Find the entries and write them."""
    with quiet_output():
        from seg_plugins.converters.pairing import require_source
        from seg_plugins.converters.streets.street_renderer import VERSION
        from seg_plugins.converters.synth_streets import list_scenes
        from seg_plugins.converters.unpacking import prepare_source
        from seg_plugins.converters.writing import prepare, recipe_of

    if converter.name == "synth-streets":
        entries = list_scenes(args.counts, args.size, args.seed)
        recipe = recipe_of(converter, entries, [VERSION, args.size, args.seed])
        return prepare(converter, entries, out, args.jobs, recipe=recipe)
    source = require_source(args.source, converter.name, converter.fetch)
    if source.resolve() == out.resolve():
        raise ValueError(f"--source and --out are both {out}: the result needs a separate folder")
    return prepare_source(converter, source, out, args.jobs, args.partial)


def run_command(args: argparse.Namespace) -> int:
    """Run one subcommand, and return the exit code."""
    try:
        commands = {"folder": run_folder, "split": run_split, "pack": run_pack}
        return commands.get(args.name, run_converter)(args) or 0
    except ValueError as error:  # possibly from a library that reads a file
        print(f"error: {error}", file=sys.stderr)
        return EXIT_USER_ERROR
    except KeyboardInterrupt:
        print(
            "\nstopped, the data set is incomplete: run the same command again to continue", file=sys.stderr
        )
        return 130


def main(argv: Sequence[str] | None = None) -> int:
    """Prepare the data set of the command line, and return the exit code."""
    return run_command(read_arguments(prepare_parser(), argv))
