"""Prediction on TIFF rasters: small ones at once, like images, large ones in parts."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmcv.image import rescale_size
from torch import Tensor

from seg_plugins.models.pixels import is_decoder
from seg_plugins.progress import track

from .maps import Prediction, blank, maps_of_band
from .predictor import SegPredictor
from .raster_files import RasterSource, open_raster
from .raster_writing import RASTER_MAPS, Part, RasterWriter
from .windows import Band, Windows, blend_windows, window_starts

__all__ = ["predict_raster", "predict_small_raster", "require_parts"]

WINDOW, STRIDE = (512, 512), (341, 341)
ROWS = 128  # rows of a band whose maps are in memory at a time


def default_windows(predictor: SegPredictor) -> Windows:
    """Return the windows of rasters if none are requested."""
    return Windows(WINDOW, STRIDE, predictor.gaussian is not False, predictor.batch)


class PartReader:
    """Reads parts of a raster with the values that the config's loading transform returns for the whole.

    Args:
        predictor: The model.
        source: The raster.
        name: Name for messages.
    """

    def __init__(self, predictor: SegPredictor, source: RasterSource, name: str) -> None:
        self.loaded, self.source, self.name = predictor.loaded, source, name

    def values(self, top: int, left: int, height: int, width: int) -> np.ndarray:
        """Read (h, w, C) numbers; palettes are looked up if the loader does so."""
        part = self.source(top, left, height, width)
        if self.loaded.pipeline.eight_bits and self.source.colors is not None:
            return self.source.colors[part[..., 0]]
        return part

    def __call__(self, top: int, left: int, height: int, width: int) -> Tensor:
        """Read (C, h, w) float, normalised."""
        place, hidden = (top, left, height, width), None
        if self.source.alpha_is_mask and (valid := self.source.valid(*place)) is not None:
            hidden = ~valid
        image = self.loaded.pipeline.take(self.values(*place), self.name, self.source.nodata, hidden)
        return self.loaded.preprocessing.part(self.loaded.checked(image).tensor())

    def valid(self, top: int, left: int, height: int, width: int) -> np.ndarray | None:
        """Read (h, w) bool, True for pixels with data; None if all have data."""
        valid = self.source.valid(top, left, height, width)
        if self.source.dtype.kind == "f":
            finite = np.isfinite(self.source(top, left, height, width)).any(axis=2)
            valid = finite if valid is None else valid & finite
        return valid


def raster_bands(predictor: SegPredictor, reader: PartReader, size: tuple[int, int]) -> Iterator[Band]:
    """Yield finished scores of a raster, with progress by windows."""
    windows = predictor.windows or default_windows(predictor)
    axes = zip(size, windows.window, windows.stride, strict=True)
    total = int(np.prod([len(window_starts(n, min(n, w), s)) for n, w, s in axes]))
    calls = iter(track(range(total * 2), reader.name, total=total))  # windows across seams are computed twice

    def forward(inputs: Tensor) -> Tensor:
        for _ in range(len(inputs)):
            next(calls)
        return predictor.forward(inputs)

    channels = predictor.forward.channels
    yield from blend_windows(reader, forward, size, channels, windows, predictor.device)
    calls.close()


def raster_parts(
    predictor: SegPredictor, source: RasterSource, path: Path, maps: tuple[str, ...]
) -> Iterator[Part]:
    """Yield labels and the chosen maps of a raster, a few rows at a time."""
    how = predictor.forward.has_variance, maps, predictor.forward.threshold
    reader = PartReader(predictor, source, str(path))
    for band in raster_bands(predictor, reader, source.size):
        for first in range(0, band.scores.shape[1], ROWS):
            found = maps_of_band(band.scores[:, first : first + ROWS], *how)
            height, width = found[0].shape
            valid = reader.valid(band.top + first, band.left, height, width)
            blank(found, valid, len(predictor.classes))
            yield dict(zip(RASTER_MAPS, found, strict=True)), band.top + first, band.left


def pixel_area(source: RasterSource) -> float | None:
    """Return the area of a pixel in square units of the map; None without a map or for degrees."""
    crs, transform = (source.profile.get(key) for key in ("crs", "transform"))
    return (
        None if transform is None or (crs is not None and crs.is_geographic) else abs(transform.determinant)
    )


def require_parts(predictor: SegPredictor, source: RasterSource, path: Path) -> None:
    """Refuse to read a raster in parts if a part would be processed differently from the whole.

    Raises:
        ValueError: The model, its loading transform or its test pipeline needs the whole image.
    """
    height, width = source.size
    reason = fix = ""
    if predictor.own_predict:
        reason, fix = f"{type(predictor.tester).__name__} predicts whole images", ""
    elif predictor.steps:
        reason = "the model's postprocess steps see whole images"
        fix = "set model.postprocess=[] in a copy of the config, or "
    elif predictor.loaded.pipeline.has_views:
        reason, fix = "test-time augmentation sees whole images", "leave out --tta, or "
    elif not is_decoder(predictor.loaded.pipeline.loader):
        reason = f"{type(predictor.loaded.pipeline.loader).__name__} loads whole files"
    elif steps := changing_steps(predictor, source.size):
        reason = f"the test pipeline's {', '.join(steps)} sees whole images"
        fix = "remove it from test_dataloader.dataset.pipeline in a copy of the config, or "
    if reason:
        raise ValueError(
            f"{path}: rasters of this size ({height} x {width}) are read in parts, but {reason}: {fix}cut the"
            " raster into smaller ones"
        )


def predict_raster(
    predictor: SegPredictor, path: Path, target: Path, writer: RasterWriter
) -> tuple[np.ndarray, float | None]:
    """Segment a raster of any size in memory that is bounded by the window.

    Args:
        predictor: The model and how it slides; by default windows of 512 every 341 pixels.
        path: The TIFF.
        target: Path of the results without suffix.
        writer: Writer of the results.

    Returns:
        (K,) pixels of each class, and the area of a pixel in square units of the map, if there is a map.

    Raises:
        ValueError: The file cannot be read in parts, or the model's logits are not finite.
        OSError: A result was not written completely.
    """
    with open_raster(path) as source, torch.inference_mode():
        require_parts(predictor, source, path)
        maps = tuple(name for name in RASTER_MAPS[1:] if name in writer.outputs)
        parts = raster_parts(predictor, source, path, maps)
        return writer.write(parts, source, target), pixel_area(source)


def predict_small_raster(
    predictor: SegPredictor, path: Path, target: Path, writer: RasterWriter
) -> tuple[Prediction, float | None]:
    """Segment a raster as `predictor` segments an image file; its maps keep their coordinates.

    Args:
        predictor: The model.
        path: The TIFF.
        target: Path of the results without suffix.
        writer: Writer of the results.

    Returns:
        The prediction, and the area of a pixel in square units of the map, if there is a map.

    Raises:
        ValueError: The file cannot be read, or the model's logits are not finite.
        OSError: A result was not written completely.
    """
    with open_raster(path) as source:
        try:
            image = predictor.read(path)
        except ValueError:
            source(0, 0, *source.size)  # may report the cause more precisely
            raise
        if image.size != source.size:
            raise ValueError(
                f"{path}: the config's loader returns {image.size[0]} x {image.size[1]} pixels of a raster of"
                f" {source.size[0]} x {source.size[1]}: maps would lose their coordinates"
            )
        valid = source.valid(0, 0, *source.size)
        result = predictor.predict(image, valid)
        maps = {name: getattr(result, "labels" if name == "classes" else name) for name in RASTER_MAPS}
        writer.write([(maps, 0, 0)], source, target)
        return result, pixel_area(source)


def changing_steps(predictor: SegPredictor, size: tuple[int, int]) -> list[str]:
    """List the steps of the test pipeline that change an image of `size` (H, W), in words."""
    return [text for step in predictor.loaded.pipeline.changing_steps() if (text := change_by(step, size))]


def change_by(step: Any, size: tuple[int, int]) -> str:
    """Describe what a transform does to an image of `size` (H, W); empty if it leaves the image unchanged."""
    name, own = type(step).__name__, size[::-1]
    if name != "Resize":
        return name
    if step.scale is None:
        return "" if step.scale_factor == (1, 1) else f"Resize(scale_factor={step.scale_factor})"
    scale = tuple(step.scale)
    if own == (rescale_size(own, scale) if step.keep_ratio else scale):
        return ""
    return f"Resize(scale={scale}, keep_ratio={step.keep_ratio})"
