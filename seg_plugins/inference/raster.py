"""Segmenting TIFF rasters: small ones whole, as any image; large ones in parts."""

from collections.abc import Iterator, Sequence
from copy import copy
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmcv.image import rescale_size
from torch import Tensor

from seg_plugins.progress import track

from .maps import Prediction, maps_of_band
from .predictor import SegPredictor
from .raster_files import RasterSource, open_raster
from .raster_writing import RASTER_MAPS, Part, RasterWriter
from .windows import Band, Windows, blend_windows, window_starts

__all__ = ["left_out_steps", "predict_raster", "predict_small_raster"]

WINDOW, STRIDE = (512, 512), (341, 341)
WHOLE_PIXELS = 2048 * 2048  # rasters above this are segmented in windows, so that memory stays small
ROWS = 128  # of a band whose maps are held at a time


def default_windows(predictor: SegPredictor) -> Windows:
    """The windows of rasters where none are asked for."""
    return Windows(WINDOW, STRIDE, predictor.gaussian, predictor.batch)


def raster_bands(predictor: SegPredictor, source: RasterSource, name: str) -> Iterator[Band]:
    """Finished scores of a raster, with progress by windows."""
    windows = predictor.windows or default_windows(predictor)
    axes = zip(source.size, windows.window, windows.stride, strict=True)
    total = int(np.prod([len(window_starts(n, min(n, w), s)) for n, w, s in axes]))

    def read(y: int, x: int, h: int, w: int) -> Tensor:
        return predictor.normalise(source(y, x, h, w))

    calls = iter(track(range(total * 2), name, total=total))  # windows across seams are computed twice

    def forward(inputs: Tensor) -> Tensor:
        for _ in range(len(inputs)):
            next(calls)
        return predictor.forward(inputs)

    channels = predictor.forward.channels
    yield from blend_windows(read, forward, source.size, channels, windows, predictor.device)
    calls.close()


def raster_parts(
    predictor: SegPredictor, source: RasterSource, name: str, maps: tuple[str, ...]
) -> Iterator[Part]:
    """Labels and the chosen maps of a raster, a few rows at a time."""
    how = predictor.forward.has_variance, maps, predictor.forward.threshold
    for band in raster_bands(predictor, source, name):
        for first in range(0, band.scores.shape[1], ROWS):
            found = maps_of_band(band.scores[:, first : first + ROWS], *how)
            yield dict(zip(RASTER_MAPS, found, strict=True)), band.top + first, band.left


def pixel_area(source: RasterSource) -> float | None:
    """Area of a pixel in the square units of the map, None without one or where its units are degrees."""
    crs, transform = (source.profile.get(key) for key in ("crs", "transform"))
    return (
        None if transform is None or (crs is not None and crs.is_geographic) else abs(transform.determinant)
    )


def predict_raster(
    predictor: SegPredictor, path: Path, target: Path, writer: RasterWriter
) -> tuple[np.ndarray, float | None]:
    """Segment a raster of any size in memory that is bounded by the window.

    The test pipeline's steps are left out; see `left_out_steps`.

    Args:
        predictor: The model and how it slides; by default windows of 512 every 341 pixels.
        path: The TIFF.
        target: Path of the results without suffix.
        writer: What is written.

    Returns:
        (K,) pixels of each class, and the area of a pixel in the map's square units if it has one.

    Raises:
        ValueError: The file cannot be read in parts, or the model's logits are not finite.
        OSError: A result was not written whole.
    """
    if predictor.own_predict or predictor.steps:
        raise ValueError(
            f"{path}: rasters of this size need a network without postprocess steps, which see whole images:"
            " set model.postprocess=[] in a copy of the config, or cut the raster into smaller ones"
        )
    with open_raster(path) as source, torch.inference_mode():
        maps = tuple(name for name in RASTER_MAPS[1:] if name in writer.outputs)
        parts = raster_parts(predictor, source, path.name, maps)
        return writer.write(parts, source, target), pixel_area(source)


def predict_small_raster(
    predictor: SegPredictor, path: Path, target: Path, writer: RasterWriter
) -> tuple[Prediction, float | None]:
    """Segment a raster as `predictor` segments an image of the same pixels, large ones in windows.

    Args:
        predictor: The model.
        path: The TIFF.
        target: Path of the results without suffix.
        writer: What is written.

    Returns:
        What was predicted, and the area of a pixel in the map's square units if it has one.

    Raises:
        ValueError: The file cannot be read, or the model's logits are not finite.
        OSError: A result was not written whole.
    """
    with open_raster(path) as source:
        if predictor.windows is None and source.size[0] * source.size[1] > WHOLE_PIXELS:
            predictor = copy(predictor)
            predictor.windows = default_windows(predictor)
        result = predictor(source(0, 0, *source.size))
        maps = {name: getattr(result, "labels" if name == "classes" else name) for name in RASTER_MAPS}
        writer.write([(maps, 0, 0)], source, target)
        return result, pixel_area(source)


def left_out_steps(transforms: Sequence[Any], path: Path) -> list[str]:
    """Those steps of the test pipeline that would change a raster, which is read in parts without them."""
    with open_raster(path) as source:
        size = source.size[::-1]
    steps = []
    for step in transforms:
        name, same = type(step).__name__, False
        if name == "Resize" and step.scale is None:
            same, name = step.scale_factor == (1, 1), f"Resize(scale_factor={step.scale_factor})"
        elif name == "Resize":
            scale = tuple(step.scale)
            same = size == (rescale_size(size, scale) if step.keep_ratio else scale)
            name = f"Resize(scale={scale}, keep_ratio={step.keep_ratio})"
        if not same:
            steps.append(name)
    return steps
