"""Reading parts of TIFF files that are larger than memory.

With rasterio (extra `raster`) any TIFF, georeferenced or not; without it uncompressed TIFF through tifffile's
memory map (extra `tiff`).
"""

import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from seg_plugins.datasets.tiff import ONE_FILE, is_tiff
from seg_plugins.files.pictures import open_picture

from .image_reading import scale_to_bytes

__all__ = ["RasterSource", "fits_whole", "has_map_coordinates", "is_raster", "open_raster"]

BLOCK = 256
GEO_TAGS = {33550, 33922, 34264, 34735}  # pixel scale, tie points, transformation, keys
RASTER_PIXELS = 4096 * 4096  # TIFF files above this are read in parts


def import_rasterio() -> Any:
    """The module rasterio, or None where it is not installed."""
    try:
        import rasterio
    except ImportError:
        return None
    return rasterio


def starts_as_tiff(path: Path) -> bool:
    """Whether a file begins as a TIFF does."""
    with open(path, "rb") as file:
        return is_tiff(file.read(4))


def open_quietly(path: Path, *args: Any, **kwargs: Any) -> Any:
    """`rasterio.open` of a TIFF, without its warning that a plain image has no place on a map.

    Of GDAL's formats some read other files and ask servers (VRT): whatever the name says, none but TIFF is
    opened, and the name is a path and no address.

    Raises:
        ValueError: The mask beside the raster is no TIFF, which GDAL would open all the same.
    """
    import rasterio

    for mask in (Path(f"{path}.msk"), Path(f"{path}.MSK")):
        if mask.is_file() and not starts_as_tiff(mask):
            raise ValueError(f"{path}: the mask beside it, {mask}, is no TIFF: take it away")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        return rasterio.open(os.path.abspath(path), *args, driver="GTiff", **kwargs)


class RasterSource:
    """A TIFF as (H, W, 3) uint8 RGB, read by rectangles.

    The first three bands are taken, of fewer the first one; palettes are looked up. More than eight bits are
    scaled by the range of the whole raster, which one pass over it finds; pixels without data become 0.

    Attributes:
        size: (H, W).
        profile: Coordinate system and transform where there are any (`crs`, `transform`), or control points
            (`crs`, `gcps`), else empty.
    """

    def __init__(self, array: Any, dataset: Any) -> None:
        self.array = array
        self.dataset = dataset
        if dataset is not None:
            self.size = dataset.height, dataset.width
            kind = dataset.dtypes[0]  # NumPy has no complex_int16
            self.dtype = np.dtype("complex64" if kind.startswith("complex") else kind)
            georeferenced = dataset.crs is not None or not dataset.transform.is_identity
            points, crs = dataset.gcps
            self.profile = {"crs": crs, "gcps": points} if points else {}
            if georeferenced:
                self.profile = {"crs": dataset.crs, "transform": dataset.transform}
        else:
            self.size, self.dtype, self.profile = array.shape[:2], array.dtype, {}

    def read_raw(self, top: int, left: int, height: int, width: int) -> np.ndarray:
        """(h, w, 1 or 3) values as they stand in the file.

        Raises:
            ValueError: They cannot be read, or are complex.
        """
        if self.dtype.kind == "c":
            raise ValueError(
                "complex values (of radar, for instance) are no brightness: convert them to magnitudes"
            )
        if self.dataset is None:
            part = np.asarray(self.array[top : top + height, left : left + width])
            part = part[..., None] if part.ndim == 2 else part
            return part[..., :3] if part.shape[2] >= 3 else part[..., :1]
        bands = [1, 2, 3] if self.dataset.count >= 3 else [1]
        window = ((top, top + height), (left, left + width))
        try:
            return self.dataset.read(bands, window=window).transpose(1, 2, 0)
        except import_rasterio().errors.RasterioIOError as error:
            reason = error.__cause__ or error
            raise ValueError(f"{self.dataset.name}: the raster is damaged or truncated ({reason})") from None

    def read_values(self, top: int, left: int, height: int, width: int) -> np.ndarray:
        """(h, w, 1 or 3) float32 values, NaN where the file says that there is no data."""
        part = self.read_raw(top, left, height, width)
        missing = None if self.dataset is None else self.dataset.nodata
        values = part.astype(np.float32)
        return values if missing is None else np.where(part == missing, np.float32(np.nan), values)

    @cached_property
    def value_range(self) -> tuple[float, float]:
        """Smallest and largest finite value of the raster."""
        low, high = np.inf, -np.inf
        for top in range(0, self.size[0], BLOCK):
            rows = self.read_values(top, 0, min(BLOCK, self.size[0] - top), self.size[1])
            finite = rows[np.isfinite(rows)]
            if finite.size:
                low, high = min(low, finite.min()), max(high, finite.max())
        return float(low), float(high)

    @cached_property
    def colors(self) -> np.ndarray | None:
        """(256, 3) uint8 RGB of the values of a raster with a palette, else None."""
        if self.dataset is None or self.dataset.colorinterp[0].name != "palette" or self.dtype != np.uint8:
            return None
        colors = np.zeros((256, 3), np.uint8)
        for value, color in self.dataset.colormap(1).items():
            colors[value] = color[:3]
        return colors

    def __call__(self, top: int, left: int, height: int, width: int) -> np.ndarray:
        """(height, width, 3) uint8 RGB of a rectangle."""
        if self.dtype == np.uint8:
            part = self.read_raw(top, left, height, width)
        else:
            part = scale_to_bytes(self.read_values(top, left, height, width), *self.value_range)
        if self.colors is not None:
            return self.colors[part[..., 0]]
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
        array = tifffile.memmap(path, mode="r", **ONE_FILE)
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
    """Whether a file is a TIFF with a coordinate system, or one that is read in parts."""
    if path.suffix.lower() not in (".tif", ".tiff") or not path.is_file():
        return False
    try:
        with open_raster(path) as source:
            return bool(source.profile) or source.size[0] * source.size[1] > RASTER_PIXELS
    except ValueError:
        return False


def fits_whole(path: Path, max_pixels: int) -> bool:
    """Whether a raster is small enough to be held and segmented as one image.

    Args:
        path: A TIFF for which `is_raster` holds.
        max_pixels: Limit of an image's width x height.
    """
    with open_raster(path) as source:
        return source.size[0] * source.size[1] <= min(RASTER_PIXELS, max_pixels)


def has_map_coordinates(path: Path) -> bool:
    """Whether an image file is a GeoTIFF, by the tags of the GeoTIFF standard (OGC 19-008r4, 7.2)."""
    if path.suffix.lower() not in (".tif", ".tiff"):
        return False
    try:
        with open_picture(path) as image:
            return not GEO_TAGS.isdisjoint(image.tag_v2)
    except (OSError, ValueError, Image.DecompressionBombError):
        return False
