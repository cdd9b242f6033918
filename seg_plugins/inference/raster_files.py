"""Reading and writing parts of TIFF files that are larger than memory.

With rasterio (extra `raster`) any TIFF, georeferenced or not; without it uncompressed TIFF through tifffile's
memory map (extra `tiff`).
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from PIL import Image

from .image_reading import scale_to_bytes

__all__ = [
    "RasterSource",
    "RasterTarget",
    "create_raster",
    "has_map_coordinates",
    "is_raster",
    "open_raster",
]

BLOCK = 256
GEO_TAGS = {33550, 33922, 34264, 34735}  # pixel scale, tie points, transformation, keys
RASTER_PIXELS = 4096 * 4096  # images above this, or with a coordinate system, are handled as rasters


class RasterTarget(Protocol):
    """A single-band TIFF that takes rectangles."""

    def write(self, pixels: np.ndarray, top: int, left: int) -> None:
        """Write (h, w) pixels at a place."""


def import_rasterio() -> Any:
    """The module rasterio, or None where it is not installed."""
    try:
        import rasterio
    except ImportError:
        return None
    return rasterio


def open_quietly(*args: Any, **kwargs: Any) -> Any:
    """`rasterio.open` without its warning that a plain image has no place on a map."""
    import rasterio

    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        return rasterio.open(*args, **kwargs)


class RasterSource:
    """A TIFF as (H, W, 3) uint8 RGB, read by rectangles.

    The first three bands are taken, of fewer the first one. More than eight bits are scaled by the range of
    the whole raster, which one pass over it finds.

    Attributes:
        size: (H, W).
        profile: Coordinate system and transform where there are any (`crs`, `transform`), else empty.
    """

    def __init__(self, array: Any, dataset: Any) -> None:
        self.array = array
        self.dataset = dataset
        if dataset is not None:
            self.size = dataset.height, dataset.width
            self.dtype = np.dtype(dataset.dtypes[0])
            georeferenced = dataset.crs is not None or not dataset.transform.is_identity
            self.profile = {"crs": dataset.crs, "transform": dataset.transform} if georeferenced else {}
        else:
            self.size, self.dtype, self.profile = array.shape[:2], array.dtype, {}
        self.low, self.high = (0, 255) if self.dtype == np.uint8 else self.find_range()

    def read_raw(self, top: int, left: int, height: int, width: int) -> np.ndarray:
        """(h, w, 1 or 3) values as they stand in the file."""
        if self.dataset is None:
            part = np.asarray(self.array[top : top + height, left : left + width])
            part = part[..., None] if part.ndim == 2 else part
            return part[..., :3] if part.shape[2] >= 3 else part[..., :1]
        bands = [1, 2, 3] if self.dataset.count >= 3 else [1]
        window = ((top, top + height), (left, left + width))
        return self.dataset.read(bands, window=window).transpose(1, 2, 0)

    def find_range(self) -> tuple[float, float]:
        """Smallest and largest finite value."""
        low, high = np.inf, -np.inf
        for top in range(0, self.size[0], BLOCK):
            rows = self.read_raw(top, 0, min(BLOCK, self.size[0] - top), self.size[1])
            finite = rows[np.isfinite(rows)]
            if finite.size:
                low, high = min(low, finite.min()), max(high, finite.max())
        return float(low), float(high)

    def __call__(self, top: int, left: int, height: int, width: int) -> np.ndarray:
        """(height, width, 3) uint8 RGB of a rectangle."""
        part = self.read_raw(top, left, height, width)
        part = part if self.dtype == np.uint8 else scale_to_bytes(part, self.low, self.high)
        return np.repeat(part, 3, axis=2) if part.shape[2] == 1 else part


def memory_map(path: Path) -> np.ndarray:
    """An uncompressed TIFF as an array (H, W) or (H, W, C).

    Raises:
        ValueError: It is compressed or damaged, or tifffile is not installed.
    """
    hint = f'{path}: reading it in parts needs rasterio: pip install "seg-plugins[raster]"'
    try:
        import tifffile
    except ImportError:
        raise ValueError(hint) from None
    try:
        array = tifffile.memmap(path, mode="r")
    except Exception as error:  # tifffile raises many types for compressed and damaged files
        raise ValueError(f"{hint} ({error})") from None
    return array.transpose(1, 2, 0) if array.ndim == 3 and array.shape[0] < array.shape[2] else array


@contextmanager
def open_raster(path: Path) -> Iterator[RasterSource]:
    """Open a TIFF for reading by rectangles.

    Raises:
        ValueError: It cannot be read in parts.
    """
    rasterio = import_rasterio()
    if rasterio is None:
        yield RasterSource(memory_map(path), None)
        return
    try:
        dataset = open_quietly(path)
    except rasterio.errors.RasterioIOError as error:
        raise ValueError(f"{path}: the raster is damaged or truncated ({error})") from None
    with dataset:
        yield RasterSource(None, dataset)


def is_raster(path: Path) -> bool:
    """Whether a file is better read in parts: a TIFF with a coordinate system, or a very large one."""
    if path.suffix.lower() not in (".tif", ".tiff") or not path.is_file():
        return False
    try:
        with open_raster(path) as source:
            return bool(source.profile) or source.size[0] * source.size[1] > RASTER_PIXELS
    except ValueError:
        return False


def has_map_coordinates(path: Path) -> bool:
    """Whether an image file is a GeoTIFF, by the tags of the GeoTIFF standard (OGC 19-008r4, 7.2)."""
    if path.suffix.lower() not in (".tif", ".tiff"):
        return False
    try:
        with Image.open(path) as image:
            return not GEO_TAGS.isdisjoint(image.tag_v2)
    except (OSError, ValueError, Image.DecompressionBombError):
        return False


class RasterioTarget:
    """A tiled, compressed GeoTIFF."""

    def __init__(self, dataset: Any) -> None:
        self.dataset = dataset

    def write(self, pixels: np.ndarray, top: int, left: int) -> None:
        """Write (h, w) pixels at a place."""
        window = ((top, top + pixels.shape[0]), (left, left + pixels.shape[1]))
        self.dataset.write(pixels, 1, window=window)


class MemmapTarget:
    """An uncompressed TIFF in a memory map."""

    def __init__(self, array: np.memmap) -> None:
        self.array = array

    def write(self, pixels: np.ndarray, top: int, left: int) -> None:
        """Write (h, w) pixels at a place."""
        self.array[top : top + pixels.shape[0], left : left + pixels.shape[1]] = pixels


def create_raster(
    stack: ExitStack, path: Path, size: tuple[int, int], dtype: str, profile: dict, palette: np.ndarray | None
) -> RasterTarget:
    """Create a single-band TIFF; `stack` closes it.

    Args:
        stack: Closes the file.
        path: The file.
        size: (H, W).
        dtype: "uint8" or "uint16".
        profile: Coordinate system and transform, as `RasterSource.profile`.
        palette: (K, 3) RGB, stored as the colour table of an uint8 raster.
    """
    rasterio = import_rasterio()
    if rasterio is None:
        import tifffile

        array = tifffile.memmap(path, shape=size, dtype=dtype, bigtiff=True)
        if hasattr(os, "posix_fallocate"):  # a full disk is then an error here instead of a signal later
            with open(path, "r+b") as file:
                os.posix_fallocate(file.fileno(), 0, path.stat().st_size)
        stack.callback(array.flush)
        return MemmapTarget(array)
    tiles = dict(tiled=True, blockxsize=BLOCK, blockysize=BLOCK) if min(size) > BLOCK else {}
    dataset = stack.enter_context(
        open_quietly(
            path, "w", driver="GTiff", height=size[0], width=size[1], count=1, dtype=dtype,
            compress="deflate", BIGTIFF="IF_SAFER", **tiles, **profile,
        )
    )  # fmt: skip
    if palette is not None and dtype == "uint8":
        dataset.write_colormap(1, {i: (*color, 255) for i, color in enumerate(palette.tolist())})
    return RasterioTarget(dataset)
