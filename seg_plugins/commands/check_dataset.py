"""Check a data set before training on it.

`python tools/check_dataset.py CONFIG [--cfg-options ...] [--checkpoint FILE] [--out DIR] [--strict] [--fix]`

Exit code: 0 no error, 1 errors (with --strict also warnings), 2 wrong arguments.
"""

import argparse
import shlex
from collections.abc import Sequence
from pathlib import Path

from .argument_parser import ArgumentParser
from .command_line import add_cfg_options, add_config, read_arguments
from .quiet import quiet_output

__all__ = ["check_parser", "main"]


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
    return parser


def main(argv: Sequence[str] | None = None) -> int:
    """Run the check, and return the exit code."""
    args = read_arguments(check_parser(), argv)
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
