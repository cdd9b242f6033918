"""What export.py does."""

import argparse
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from seg_plugins.config.finding import config_word
from seg_plugins.config.tool_command import tool_command

from .argument_parser import ArgumentParser
from .command_line import add_cfg_options, add_checkpoint, add_config, read_arguments
from .quiet import quiet_output

if TYPE_CHECKING:
    from seg_plugins.export import ExportReport

__all__ = ["export_parser", "main"]

SIZE = re.compile(r"([1-9]\d{0,4})x([1-9]\d{0,4})")


def export_parser() -> argparse.ArgumentParser:
    """Return the parser of export.py."""
    parser = ArgumentParser(
        description="Write a trained network to an ONNX file, which test, predict and serve take in the "
        "checkpoint's place, and which runs without PyTorch."
    )
    add_config(parser)
    add_checkpoint(parser)
    parser.add_argument("--out", type=Path, required=True, help="the file to write, for instance model.onnx")
    parser.add_argument(
        "--labels",
        action="store_true",
        help="let the file give labels and their confidence too, beside logits",
    )
    parser.add_argument(
        "--uint8", action="store_true", help="let the file take pixels as they are in an image, (1, H, W, C)"
    )
    parser.add_argument("--fixed", metavar="HxW", help="let the file take images of one size only [any size]")
    parser.add_argument(
        "--images", type=int, default=100,
        help="images of the test on which labels and mIoU are compared with the network's; 0 for none [100]",
    )  # fmt: skip
    parser.add_argument("--licence", default="", help="licence of the weights, to be kept in the file")
    add_cfg_options(parser)
    return parser


def size_of(text: str | None) -> tuple[int, int] | None:
    """Return the height and width of `--fixed`.

    Raises:
        ValueError: It is no size.
    """
    if text is None:
        return None
    found = SIZE.fullmatch(text)
    if found is None:
        raise ValueError(f"--fixed {text}: write height x width in pixels, as in --fixed 360x480")
    return int(found[1]), int(found[2])


def lines_of(report: "ExportReport") -> Iterator[str]:
    """Yield the table of an export."""
    yield f"{'size':>12}  {'labels equal':>12}  {'largest difference':>18}"
    for row in report.sizes:
        size = f"{row.size[0]}x{row.size[1]}"
        yield f"{size:>12}  {100 * row.equal:>10.2f} %  {row.error:>18.1e}"
    if (found := report.agreement) is not None:
        yield f"{found.images} images of the test: {found.equal:.4f} % of labels equal"
        if found.miou is not None:
            yield f"mIoU: {found.miou[0]:.2f} checkpoint, {found.miou[1]:.2f} exported"
    else:
        yield "images of the test: not compared, there are none here"
    own, exported = report.milliseconds
    size = report.sizes[0].size
    yield (
        f"{size[0]}x{size[1]}: {own:.1f} ms PyTorch, {exported:.1f} ms ONNX Runtime, "
        f"ratio {own / exported:.2f}; file {report.megabytes:.2f} MB"
    )


def main(argv: Sequence[str] | None = None) -> None:
    """Export what the command line names.

    Args:
        argv: Arguments after the program's name; None reads `sys.argv`.

    Raises:
        ValueError: It cannot be exported.
    """
    args = read_arguments(export_parser(), argv)
    fixed = size_of(args.fixed)
    if len(args.licence) > 200 or not (args.licence.isprintable() or not args.licence):
        raise ValueError("--licence: give a line of at most 200 characters, such as CC-BY-4.0")
    with quiet_output():
        from seg_plugins.export import ExportOptions, export_model

        from .configs import check_work_dir, read_config
    cfg = read_config(args.config, args.cfg_options)
    check_work_dir(args.out.parent, "--out")
    options = ExportOptions(args.labels, args.uint8, fixed, args.images, args.licence)
    report = export_model(cfg, args.checkpoint, args.out, options)
    for line in lines_of(report):
        print(line)
    test_cfg = cfg.model.get("test_cfg") or {}
    if test_cfg.get("mode") == "slide":
        print("windows: the tools slide them over an image; the file itself takes one window")
    if cfg.model.get("postprocess"):
        print("post-processing: the tools run model.postprocess after the file, which gives scores")
    print(f"exported: {args.out}")
    print(f"test it: {tool_command('test', config_word(args.config), args.out)}")
