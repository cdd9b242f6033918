"""Segmenting rasters of any size: read, predicted and written in parts."""

import json
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from seg_plugins.launch.atomic_files import atomic_path
from seg_plugins.ops.painting import complete_palette
from seg_plugins.progress import track

from .maps import maps_of_band
from .polygons import ring_area
from .predictor import SegPredictor
from .raster_files import RasterSource, create_raster, import_rasterio, open_quietly, open_raster
from .windows import Band, Windows, blend_windows, window_starts
from .writing import class_areas

__all__ = ["predict_raster", "write_map_polygons"]

DEFAULT_WINDOW = Windows(window=(512, 512), stride=(341, 341))
ROWS = 128  # of a band whose maps are held at a time
RASTER_OUTPUTS = ("classes", "confidence", "uncertainty")


def raster_bands(predictor: SegPredictor, source: RasterSource, name: str) -> Iterator[Band]:
    """Finished scores of a raster, with progress by windows."""
    windows = predictor.windows or DEFAULT_WINDOW
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


def pixel_area(profile: dict) -> float | None:
    """Area of a pixel in the square units of the map, None without one or where its units are degrees."""
    crs = profile.get("crs")
    transform = profile.get("transform")
    return (
        None if transform is None or (crs is not None and crs.is_geographic) else abs(transform.determinant)
    )


def predict_raster(
    predictor: SegPredictor, path: Path, target: Path, outputs: Sequence[str], min_area: int = 1
) -> tuple[np.ndarray, float | None]:
    """Write `<target>_classes.tif` and the other chosen maps, and `<target>.geojson` in map coordinates.

    Memory is bounded by the window. The files appear together when all are complete; after an error none do.

    Args:
        predictor: The model and how it slides; by default windows of 512 every 341 pixels.
        path: The TIFF.
        target: Path of the results without suffix.
        outputs: Some of "classes", "confidence", "uncertainty" (0..255) and "geojson" (needs rasterio).
        min_area: Smallest polygon in pixels.

    Returns:
        (K,) pixels of each class, and the area of a pixel in the map's square units if it has one.

    Raises:
        ValueError: The file cannot be read in parts, or the model's logits are not finite.
        OSError: A result was not written whole.
    """
    if predictor.own_predict or predictor.steps:
        raise ValueError(
            f"{path}: rasters need a network without postprocess steps, which see whole images:"
            " set model.postprocess=[] in a copy of the config"
        )
    classes, palette = len(predictor.classes), complete_palette(predictor.palette, len(predictor.classes))
    pixels, sums = np.zeros(classes, np.int64), dict.fromkeys(RASTER_OUTPUTS, 0)
    maps = [
        kind for kind in RASTER_OUTPUTS if kind in outputs or (kind == "classes" and "geojson" in outputs)
    ]
    with ExitStack() as files, open_raster(path) as source:
        unfinished = {
            m: files.enter_context(atomic_path(target.with_name(f"{target.name}_{m}.tif"))) for m in maps
        }
        with ExitStack() as open_files, torch.inference_mode():
            targets = {
                kind: create_raster(
                    open_files, unfinished[kind], source.size,
                    "uint16" if kind == "classes" and classes > 256 else "uint8",
                    source.profile, palette if kind == "classes" else None,
                )
                for kind in maps
            }  # fmt: skip
            how = predictor.forward.has_variance, maps, predictor.forward.threshold
            for band in raster_bands(predictor, source, path.name):
                for first in range(0, band.scores.shape[1], ROWS):
                    found = maps_of_band(band.scores[:, first : first + ROWS], *how)
                    parts = dict(zip(RASTER_OUTPUTS, found, strict=True))
                    pixels += class_areas(parts["classes"], classes)
                    for kind, file in targets.items():
                        pixels_of = parts[kind] if kind == "classes" else to_bytes(parts[kind])
                        sums[kind] += int(pixels_of.sum(dtype=np.int64))
                        file.write(pixels_of, band.top + first, band.left)
        for kind in maps:
            check_written(unfinished[kind], sums[kind])
        if "geojson" in outputs and import_rasterio() is not None:
            polygons = files.enter_context(atomic_path(target.with_name(f"{target.name}.geojson")))
            write_map_polygons(unfinished["classes"], polygons, predictor.classes, min_area)
        return pixels, pixel_area(source.profile)


def check_written(path: Path, total: int) -> None:
    """Read a finished raster back, as a full disk is no error to GDAL.

    Args:
        path: The file.
        total: The sum of its pixels.

    Raises:
        OSError: It cannot be read, or other pixels are in it.
    """
    try:
        with open_raster(path) as written:
            height, width = written.size
            found = sum(
                int(written.read_raw(y, 0, min(ROWS, height - y), width).sum(dtype=np.int64))
                for y in range(0, height, ROWS)
            )
    except Exception as error:  # rasterio's errors, where it is installed
        raise OSError(f"{path}: was not written whole; is the disk full? ({error})") from None
    if found != total:
        raise OSError(f"{path}: was not written whole; is the disk full?")


def to_bytes(values: np.ndarray) -> np.ndarray:
    """0..1 as uint8 0..255, rounded."""
    return (values.clip(0, 1) * 255 + 0.5).astype(np.uint8)


def features_of(path: Path, classes: Sequence[str], min_area: int) -> Iterator[dict[str, Any]]:
    """GeoJSON features of a class raster, in its map coordinates."""
    import rasterio
    from rasterio.features import shapes

    with open_quietly(path) as dataset:
        unit = abs(dataset.transform.determinant)
        for geometry, value in shapes(rasterio.band(dataset, 1), connectivity=4, transform=dataset.transform):
            rings = [np.array(ring[:-1]) for ring in geometry["coordinates"]]
            area = round((abs(ring_area(rings[0])) - sum(abs(ring_area(r)) for r in rings[1:])) / unit)
            if area >= min_area:
                label = int(value)
                properties = {"class_id": label, "class": classes[label], "area_pixels": area}
                yield {"type": "Feature", "properties": properties, "geometry": geometry}


def write_map_polygons(source: Path, target: Path, classes: Sequence[str], min_area: int = 1) -> None:
    """Write the areas of a class raster as GeoJSON, one feature a line, so that memory does not grow.

    The coordinates are the raster's; its coordinate system stands in the member `crs`, which RFC 7946 no
    longer has but map programs read.

    Args:
        source: The class raster.
        target: The GeoJSON file.
        classes: Class names.
        min_area: Smallest area in pixels.
    """
    with open_quietly(source) as dataset:
        name = dataset.crs.to_string() if dataset.crs else None
    head: dict[str, Any] = {"type": "FeatureCollection"}
    if name:
        head["crs"] = {"type": "name", "properties": {"name": name}}
    with open(target, "w") as file:
        file.write(json.dumps(head)[:-1] + ', "features": [')
        for number, feature in enumerate(features_of(source, classes, min_area)):
            file.write((",\n" if number else "\n") + json.dumps(feature))
        file.write("\n]}\n")
