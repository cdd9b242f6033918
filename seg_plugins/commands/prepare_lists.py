"""`split --label-fractions` of `tools/prepare_dataset.py`: lists of labelled and unlabelled images."""

import argparse
import sys
from pathlib import Path

from .quiet import quiet_output
from .user_errors import EXIT_USER_ERROR

__all__ = ["add_lists", "lists_wanted", "run_lists"]

OF_LISTS = ("lists", "method")  # options that mean something with --label-fractions only
OF_DIVISION = ("stratified", "groups", "folds", "leaf")  # and those that mean nothing with it


def add_lists(split: argparse.ArgumentParser, positive: type) -> None:
    """Add the options.

    Args:
        split: The subcommand `split`.
        positive: Reads a number of things of which there has to be one.
    """
    split.add_argument(
        "--label-fractions",
        type=int,
        nargs="+",
        metavar="N",
        help="instead of dividing: lists of 1/N of the training images as labelled, the others as unlabelled",
    )
    split.add_argument("--lists", type=positive, help="lists of each fraction (1)")
    split.add_argument("--method", help="how labelled images are picked: spaced (default), medoids, random")


def lists_wanted(args: argparse.Namespace) -> bool:
    """Return whether lists are wanted, after a look at options that do not go together.

    Raises:
        ValueError: Some do not.
    """
    wanted = args.label_fractions is not None
    odd = [name for name in (OF_DIVISION if wanted else OF_LISTS) if getattr(args, name)]
    if not odd:
        return wanted
    option = {"leaf": "config"}.get(odd[0], odd[0])
    if wanted:
        raise ValueError(f"--{option} divides images and means nothing with --label-fractions: leave one out")
    raise ValueError(f"--{option} is for lists of labelled images: add --label-fractions, such as 8")


def run_lists(args: argparse.Namespace) -> int:
    """Write the lists and say what is in them; return the exit code."""
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
            print(f"note: no labelled image of this list has class {ids}, which others have")
    return 0
