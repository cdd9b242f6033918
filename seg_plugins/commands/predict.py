"""The tool predict.py: inputs of any kind; a refused input never stops the others."""

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from seg_plugins.files.label_maps import OUTPUTS
from seg_plugins.inference.image_reading import MAX_PIXELS

from .argument_parser import ArgumentParser
from .command_line import (
    add_cfg_options,
    add_checkpoint,
    add_config,
    add_threads,
    options_with_threads,
    read_arguments,
)
from .quiet import quiet_output

__all__ = ["main", "predict_parser"]

EXIT_REFUSED = 1
DEFAULT_OUTPUTS = ("classes", "color", "overlay", "confidence", "areas")


def predict_parser() -> argparse.ArgumentParser:
    """Return the parser of predict.py."""
    parser = ArgumentParser(description="Segment images, folders, videos and rasters.")
    add_config(parser)
    add_checkpoint(parser)
    parser.add_argument("inputs", nargs="+", type=Path, help="images, videos, TIFF rasters, folders of these")
    parser.add_argument("--out", type=Path, required=True, help="folder for the results")
    parser.add_argument(
        "--outputs", nargs="+", choices=OUTPUTS,
        help="outputs for each input; `classes` holds class ids, `color` shows them; areas of a video sum"
        f" over its frames [{' '.join(DEFAULT_OUTPUTS)}]",
    )  # fmt: skip
    parser.add_argument("--device", help="such as cpu or cuda:0 [cuda if available]")
    parser.add_argument("--dtype", default="float32", choices=["float32", "bfloat16", "float16", "auto"])
    parser.add_argument(
        "--window", nargs=2, type=int, metavar=("H", "W"), help="slide a window of this size [the config's]"
    )
    parser.add_argument("--stride", nargs=2, type=int, metavar=("H", "W"), help="[two thirds of the window]")
    parser.add_argument(
        "--no-gaussian", action="store_true", help="blend windows by their plain mean, as the config does"
    )
    parser.add_argument("--batch", type=int, help="windows at a time [1 on a CPU, 8 on a GPU]")
    parser.add_argument(
        "--tta", action="store_true", help="test-time augmentation by the config's tta_pipeline"
    )
    parser.add_argument(
        "--dropout-samples", type=int, default=0, help="forward passes with dropout, for uncertainty"
    )
    parser.add_argument(
        "--max-pixels", type=int, default=MAX_PIXELS, help=f"limit of an image [{MAX_PIXELS:,}]"
    )
    parser.add_argument("--min-area", type=int, default=1, help="smallest polygon in pixels [1]")
    parser.add_argument(
        "--tolerance", type=float, default=0.0, help="simplify polygons by this many pixels [0]"
    )
    add_threads(parser)
    add_cfg_options(parser)
    return parser


def require_input(inputs: Sequence[Path]) -> None:
    """Raise FileNotFoundError if no input exists; single missing inputs are refused one by one."""
    if not any(path.expanduser().exists() for path in inputs):
        missing = ", ".join(map(str, inputs))
        raise FileNotFoundError(f"{missing}: no such file or folder (relative to {Path.cwd()})")


def main(argv: Sequence[str] | None = None) -> int:
    """Segment the inputs of the command line.

    Args:
        argv: Arguments after the program's name; None stands for `sys.argv`.

    Returns:
        0, or 1 if an input was refused.

    Raises:
        ValueError: No input was found, or the model cannot be used.
    """
    args = read_arguments(predict_parser(), argv)
    if not args.tolerance >= 0:
        raise ValueError(f"--tolerance {args.tolerance:g}: use 0 or more pixels")
    require_input(args.inputs)
    return predict(args)


def predict(args: argparse.Namespace) -> int:
    """Segment the inputs of the arguments, and return the exit code; raise as `main` does."""
    with quiet_output():
        import cv2

        from seg_plugins.inference.maps import MAPS
        from seg_plugins.inference.predictor import SegPredictor
        from seg_plugins.inference.writing import ResultWriter
        from seg_plugins.ops.cpu.freed_memory import keep_freed_memory
        from seg_plugins.progress import track

        from .configs import check_work_dir, read_config
        from .prediction_job import Job, kind_of, name_inputs, say

    named = name_inputs(args.inputs, args.out)
    if not named:
        raise ValueError(f"{', '.join(map(str, args.inputs))}: no image, video or TIFF was found there")
    check_work_dir(args.out, "--out")
    outputs = args.outputs or DEFAULT_OUTPUTS
    writer = ResultWriter(args.out, outputs, args.min_area, args.tolerance)
    predictor = SegPredictor(
        read_config(args.config, options_with_threads(args)),
        args.checkpoint, device=args.device, dtype=args.dtype,
        window=tuple(args.window) if args.window else None,
        stride=tuple(args.stride) if args.stride else None,
        gaussian=False if args.no_gaussian else None, batch=args.batch, dropout_samples=args.dropout_samples,
        max_pixels=args.max_pixels, tta=args.tta, maps=[name for name in MAPS if name in outputs],
    )  # fmt: skip
    cv2.utils.logging.setLogLevel(cv2.utils.logging.LOG_LEVEL_ERROR)  # it warns about every tag of a GeoTIFF
    if predictor.device.type == "cpu":
        keep_freed_memory()
    job = Job(predictor, writer, asked=args.outputs is not None)
    kinds = {name: kind_of(path, args.max_pixels) for name, path in named.items()}
    images = [name for name in named if kinds[name] in ("image", "small_raster")]
    start = time.perf_counter()
    for name in track(images, "segmenting", total=len(images)):
        job.run(kinds[name], name, named[name])
    seconds = time.perf_counter() - start
    for name in named:
        if kinds[name] in ("raster", "video"):
            job.run(kinds[name], name, named[name])
    writer.finish()
    rate = f", {1000 * seconds / len(images):.0f} ms per image with reading and writing" if images else ""
    say(f"{job.done} of {len(named)} inputs segmented on {predictor.device}{rate}: {args.out.resolve()}")
    return EXIT_REFUSED if job.refused else 0
