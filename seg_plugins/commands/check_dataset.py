"""Check a data set before training on it.

`python tools/check_dataset.py CONFIG [--cfg-options ...] [--checkpoint FILE] [--out DIR] [--strict] [--fix]`
`python tools/check_dataset.py CONFIG --pick N [--method spaced|medoids|uncertainty] [--checkpoint FILE]`

The second form chooses the images to label next, and checks nothing else.

Exit code: 0 no error, 1 errors (with --strict also warnings), 2 wrong arguments.
"""

import argparse
import os
import shlex
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from .argument_parser import ArgumentParser
from .command_line import add_cfg_options, add_config, read_arguments
from .quiet import quiet_output

__all__ = ["check_parser", "main"]

PICK_METHODS = ("spaced", "medoids", "uncertainty")


def check_parser() -> argparse.ArgumentParser:
    """Return the parser of check_dataset.py."""
    parser = ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_config(parser)
    add_cfg_options(parser)
    parser.add_argument(
        "--checkpoint", help="a trained model, or its work directory: reports images with an unusual loss"
    )
    parser.add_argument(
        "--out", type=Path, help="folder for the page and lists [work_dirs/CONFIG NAME/check]"
    )
    parser.add_argument("--strict", action="store_true", help="warnings count as errors")
    parser.add_argument("--fix", action="store_true", help="write lists of the entries without faults")
    parser.add_argument("--jobs", type=int, help="threads [all cores]")
    parser.add_argument(
        "--pick", type=int, metavar="N", help="write a list and a page of N unlabelled images to label next"
    )
    parser.add_argument(
        "--method",
        choices=PICK_METHODS,
        help="evenly by name, typical of groups beside the labelled images, or those that the model of "
        "--checkpoint is least certain of [spaced]",
    )
    return parser


def require_agreement(args: argparse.Namespace) -> None:
    """Raise ValueError if options contradict each other."""
    if args.pick is None:
        if args.method:
            raise ValueError(f"--method {args.method} is for picking images to label: add --pick N")
        return
    if args.pick < 1:
        raise ValueError(f"--pick {args.pick}: give a number of images of at least 1")
    if odd := [name for name in ("strict", "fix") if getattr(args, name)]:
        raise ValueError(f"--{odd[0]} is for a check, and --pick makes none: leave one out")
    if args.method == "uncertainty" and not args.checkpoint:
        raise ValueError(
            "--method uncertainty asks a trained model: add --checkpoint FILE or its work directory"
        )
    if args.method != "uncertainty" and args.checkpoint:
        raise ValueError("--checkpoint with --pick is for --method uncertainty: add that, or leave it out")


def pick_next(args: argparse.Namespace, cfg: Any, out: Path) -> int:
    """Choose the images to label next, report them, and return the exit code."""
    with quiet_output():
        from seg_plugins.doctor.candidates import find_candidates
        from seg_plugins.doctor.next_labels import choose_next
        from seg_plugins.doctor.next_page import twin_words, write_choice

    method, found = args.method or "spaced", find_candidates(cfg)
    choice = choose_next(cfg, found, args.pick, method, args.checkpoint, args.jobs or os.cpu_count())
    about = {"config": args.config, "method": method}
    written = write_choice(choice, found, out, f"Images to label next, of {Path(args.config).stem}", about)
    print(f"{len(choice.images)} of {len(found.unlabelled)} unlabelled images, by {method}: {written}")
    print(twin_words(choice, found))
    print(f"pictures: {written.with_suffix('.html')}")
    return 0


def main(argv: Sequence[str] | None = None) -> int:
    """Run the check, and return the exit code."""
    args = read_arguments(check_parser(), argv)
    require_agreement(args)
    with quiet_output():
        from seg_plugins.doctor.cleaned_lists import write_cleaned_lists
        from seg_plugins.doctor.diagnosis import diagnose
        from seg_plugins.doctor.entries import read_splits
        from seg_plugins.doctor.inspection import inspect_all
        from seg_plugins.doctor.page import print_diagnosis, write_diagnosis
        from seg_plugins.doctor.suspicion import image_losses

        from .configs import load_config

    cfg = load_config(args.config, args.cfg_options)
    out = args.out or Path(cfg.work_dir) / "check"
    if args.pick is not None:
        return pick_next(args, cfg, out)
    splits = read_splits(cfg)
    found = inspect_all(splits, args.jobs)
    faulty = {item.image for item in found if item.fault}
    losses = None
    if args.checkpoint:
        whole = [e for s in splits for e in s.entries if e["img_path"] not in faulty]
        losses = image_losses(cfg, args.checkpoint, whole)
    diagnosis = diagnose(splits, found, losses)
    about = {"config": args.config, "data": str(cfg.get("data_root", ""))}
    page = write_diagnosis(diagnosis, out, f"Data set of {Path(args.config).stem}", about, splits, found)
    print_diagnosis(diagnosis, page)
    if args.fix:
        options = write_cleaned_lists(splits, found, out)
        words = shlex.join(f"{key}={path}" for key, path in options.items())
        print(f"lists without the faulty entries: --cfg-options {words}")
    return int(bool(diagnosis.of("error") or (args.strict and diagnosis.of("warning"))))
