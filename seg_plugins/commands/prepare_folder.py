"""The subcommand `folder` of `tools/prepare_dataset.py`: images and masks of a user."""

import argparse
import sys
from pathlib import Path
from textwrap import fill

from seg_plugins.config.bases import base_names
from seg_plugins.config.tool_command import tool_command

from .quiet import quiet_output
from .user_errors import EXIT_USER_ERROR

__all__ = ["add_folder", "parse_image_size", "run_folder"]

DEFAULT_MODEL = "fcn_tiny"
DEFAULT_SCHEDULE = "adamw_1k"
UNSTROKED = ("0", "255", "#000000", "#ffffff", "#00000000", "#ffffff00")  # values of pixels without a stroke
NOT_OFFERED = ("classical_", "mask_rcnn", "resnet")  # fits, instance models, parts of models


def parse_image_size(text: str) -> tuple[int, int]:
    """Parse "480x640" as height and width."""
    sides = text.lower().split("x")
    if len(sides) != 2 or not all(side.isdigit() and int(side) >= 32 for side in sides):
        raise argparse.ArgumentTypeError(f"{text!r}: use height x width in pixels, each 32 or more: 480x640")
    return int(sides[0]), int(sides[1])


def choices() -> str:
    """List the models and schedules, for the end of the help."""
    models = [name for name in base_names("models") if not name.startswith(NOT_OFFERED)]
    small = [name for name in models if name.endswith("_tiny")]
    large = [name for name in models if name not in small]
    schedules = [name for name in base_names("schedules") if name != "fit"]
    lines = (
        f"--model, of CPU size: {', '.join(small)}",
        f"--model, for GPUs: {', '.join(large)}",
        f"--schedule: {', '.join(schedules)}",
        f"By default {DEFAULT_MODEL} with {DEFAULT_SCHEDULE}: minutes on a CPU. The figures of all are in "
        "configs/RESULTS.md.",
    )
    return "\n".join(fill(line, 100, subsequent_indent="  ", break_on_hyphens=False) for line in lines)


def add_folder(names: argparse._SubParsersAction, positive: type) -> argparse.ArgumentParser:
    """Add the subcommand.

    Args:
        names: Subcommands of the parser.
        positive: Function that parses a number of at least 1.
    """
    folder = names.add_parser(
        "folder",
        help="images and masks of your own; writes lists and a config",
        epilog=choices(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    folder.add_argument("--images", type=Path, required=True, help="folder of the images")
    kind = folder.add_mutually_exclusive_group(required=True)
    kind.add_argument("--masks", type=Path, help="folder of masks: ids, colours, or 0 and 255")
    kind.add_argument(
        "--strokes",
        type=Path,
        metavar="DIR",
        help="folder of strokes, with --classes and --values; pixels without a stroke (black, white, "
        "transparent, 0 or 255, unless a class has that value; see --ignored) do not count",
    )
    kind.add_argument("--class-masks", type=Path, help="folder with one folder of 0/255 masks per class")
    kind.add_argument("--coco", type=Path, help="COCO file; its images without annotation are background")
    kind.add_argument("--labelme", type=Path, help="folder of Labelme files; other images are left out")
    folder.add_argument(
        "--unlabelled",
        type=Path,
        metavar="DIR",
        help="folder of images without masks: a second config learns from them, too; may be that of --images",
    )
    add_reading(folder)
    scale = folder.add_mutually_exclusive_group()
    scale.add_argument(
        "--size",
        type=parse_image_size,
        metavar="HxW",
        help="size that images are scaled to with their shape kept (default: the median, at most 1024 long)",
    )
    scale.add_argument(
        "--native",
        action="store_true",
        help="keep the images' own size, and test in windows: for pixels of a known physical size",
    )
    folder.add_argument("--dataset-name", default="folder", help="name of the data set")
    folder.add_argument("--out", type=Path, help="folder of lists and config (default: data/DATASET_NAME)")
    folder.add_argument("--model", default=DEFAULT_MODEL, help="see below (default: %(default)s)")
    folder.add_argument("--schedule", default=DEFAULT_SCHEDULE, help="see below (default: %(default)s)")
    folder.add_argument("--batch", type=positive, default=8, help="images per step (default: %(default)s)")
    return folder


def add_reading(folder: argparse.ArgumentParser) -> None:
    """Add the options for reading masks."""
    folder.add_argument(
        "--classes", nargs="+", help="names of the classes, in order (default: all, or made up)"
    )
    folder.add_argument("--values", nargs="+", help='ids or "#rrggbb" of the classes (default: found)')
    folder.add_argument(
        "--ignored", nargs="*", help="values that do not count (default: 255 beside ids, negative ones)"
    )
    folder.add_argument(
        "--mask-suffix", help='end of the masks\' names, such as "_mask.png" (default: found)'
    )
    folder.add_argument(
        "--image-suffix", help='end of the images\' names, such as "_sat.jpg" (default: found)'
    )
    folder.add_argument(
        "--nearest", action="store_true", help="masks are soft: use the nearest class's value"
    )
    folder.add_argument("--skip-unlabelled", action="store_true", help="leave out images without a mask")
    folder.add_argument(
        "--resize-masks", action="store_true", help="resize masks of another size to that of their image"
    )


def take_strokes(args: argparse.Namespace) -> None:
    """Turn strokes into masks whose other pixels are ignored.

    Raises:
        ValueError: Classes or their values are not given: a colour by mistake would become a class.
    """
    if args.strokes is None:
        return
    if not args.values or not args.classes:
        raise ValueError(
            "--strokes: name the classes and the value of each in the strokes, such as --classes road tree "
            '--values "#ff0000" "#00ff00"; any other value is then reported'
        )
    args.masks = args.strokes
    args.ignored = UNSTROKED if args.ignored is None else args.ignored


def run_folder(args: argparse.Namespace) -> int:
    """Run the subcommand, and return the exit code.

    Raises:
        ValueError: The folder cannot be interpreted.
    """
    with quiet_output():
        from seg_plugins.converters.dividing import SplitRule
        from seg_plugins.converters.faults import FaultsError, faults_path
        from seg_plugins.converters.folder import prepare_folder

    out = args.out or Path("data") / args.dataset_name
    take_strokes(args)
    rule = SplitRule(args.val, args.stratified, args.groups, args.folds, args.seed)
    try:
        facts = prepare_folder(args, out, rule)
    except FaultsError as error:
        show_faults(error.faults, faults_path(out))
        return EXIT_USER_ERROR
    show_facts(facts)
    if args.strokes:
        print("note: a validation on strokes counts only their pixels; whole masks are the fair measure")
    show_next(out, rule.folds, facts.unlabelled is not None)
    return 0


def show_faults(faults: list, path: Path) -> None:
    """Print the faults as a table, and write all of them to a file."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from seg_plugins.converters.faults import WAYS_OUT, by_kind, write_faults

    write_faults(path, faults)
    console = Console(stderr=True)
    console = console if console.is_terminal else Console(stderr=True, width=10_000)
    table = Table("what", "files", "such as", "what to do")
    for kind, messages in by_kind(faults).items():
        table.add_row(kind, str(len(messages)), Text(messages[0]), WAYS_OUT.get(kind, ""))
    console.print(table)
    count = f"{len(faults)} fault{'s' * (len(faults) > 1)}"
    print(f"error: {count}, all listed in {path}; nothing else was written", file=sys.stderr)


def show_facts(facts: "FolderFacts") -> None:  # noqa: F821
    """Print the facts about the data set."""
    endings = [facts.suffix] if isinstance(facts.suffix, str) else facts.suffix
    listed = " or ".join(map(repr, endings))
    print(f"{facts.counts['train']} train, {facts.counts['val']} val images")
    print(f"masks in {facts.masks} end in {listed}")
    print(facts.code.table())
    print(f"{facts.sizes.spread()}; for training and every test they are {facts.scaling.reason}")
    if len(facts.weights) > 1 and max(facts.weights) > 2 * min(facts.weights):
        print("the loss weighs rare classes more (class_weight in the config)")
    if facts.unlabelled:
        print(f"{len(facts.unlabelled.stems)} unlabelled images in {facts.unlabelled.folder}")
    for note in [*facts.notes, *(facts.unlabelled.notes if facts.unlabelled else ())]:
        print(f"note: {note}")


def show_next(out: Path, folds: int, semi: bool) -> None:
    """Print the next commands, and write the suites of the folds."""
    from seg_plugins.converters.folder_config import config_path
    from seg_plugins.converters.semi_config import UNLABELLED_LIST, semi_path
    from seg_plugins.converters.splitting import kfold_suite
    from seg_plugins.files.atomic import write_bytes

    config = config_path(out)
    print(f"check with: {tool_command('check_dataset', config)}")
    print(f"train with: {tool_command('train', config)}")
    if semi:
        print(f"train with the unlabelled images as well: {tool_command('train', semi_path(out))}")
    if not folds:
        return
    for path, others in [(config, None)] + [(semi_path(out), UNLABELLED_LIST)] * semi:
        suite = path.with_name(f"{path.stem}-{folds}fold.yaml")
        text = kfold_suite(path.name, config.stem, "splits", folds, others)
        write_bytes(suite, text.encode())
        print(f"train on every fold and average with: {tool_command('benchmark', 'run', suite)}")
