"""The option `--label-fractions` of `prepare_dataset.py split`: lists of labelled and unlabelled images."""

import argparse
import sys
from pathlib import Path

from .quiet import quiet_output
from .user_errors import EXIT_USER_ERROR

__all__ = ["add_lists", "lists_wanted", "run_lists"]

OF_LISTS = ("lists", "method")  # options that apply only with --label-fractions
OF_DIVISION = ("stratified", "groups", "folds", "leaf")  # options that do not apply with it


def add_lists(split: argparse.ArgumentParser, positive: type) -> None:
    """Add the options.

    Args:
        split: The subcommand `split`.
        positive: Function that parses a number of at least 1.
    """
    split.add_argument(
        "--label-fractions",
        type=int,
        nargs="+",
        metavar="N",
        help="instead of dividing: lists of 1/N of the training images as labelled, the others as unlabelled",
    )
    split.add_argument("--lists", type=positive, help="lists of each fraction (1)")
    split.add_argument("--method", help="how to choose labelled images: spaced (default), medoids, random")


def lists_wanted(args: argparse.Namespace) -> bool:
    """Test whether lists are requested, and check that the options agree.

    Raises:
        ValueError: Some options contradict each other.
    """
    wanted = args.label_fractions is not None
    odd = [name for name in (OF_DIVISION if wanted else OF_LISTS) if getattr(args, name)]
    if not odd:
        return wanted
    option = {"leaf": "config"}.get(odd[0], odd[0])
    if wanted:
        raise ValueError(f"--{option} divides images and does not apply to --label-fractions: leave one out")
    raise ValueError(f"--{option} is for lists of labelled images: add --label-fractions, such as 8")


def run_lists(args: argparse.Namespace) -> int:
    """Write the lists and report their content; return the exit code."""
    with quiet_output():
        from seg_plugins.converters.label_lists import ListRule, write_label_lists

    rule = ListRule(args.label_fractions, args.lists or 1, args.method or "spaced", args.seed)
    try:
        written = write_label_lists(Path(args.root), rule)
    except OSError as error:
        print(f"error: {error}", file=sys.stderr)
        return EXIT_USER_ERROR
    for lists in written:
        labelled, unlabelled = lists.counts
        print(f"{lists.labelled}: {labelled} labelled images; {lists.unlabelled.name}: {unlabelled} others")
        if lists.missing:
            ids = ", ".join(map(str, lists.missing))
            print(f"note: no labelled image of this list has class {ids}, which other images have")
    return 0
