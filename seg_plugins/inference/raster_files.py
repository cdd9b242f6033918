"""Reading parts of TIFF files that are larger than memory.

With rasterio (extra `raster`) any TIFF, georeferenced or not; without it uncompressed TIFF through tifffile's
memory map (extra `tiff`).
"""

import mmap
import os
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np

from seg_plugins.files.no_data import missing_values, without_data
from seg_plugins.files.tiff import ONE_FILE, is_tiff
from seg_plugins.files.tiff_tags import is_geotiff

__all__ = ["RasterSource", "fits_whole", "has_map_coordinates", "is_raster", "open_raster"]

BLOCK = 256
GDAL_NODATA = 42113
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
    """A TIFF read by rectangles, in its own numbers.

    Attributes:
        size: (H, W).
        bands: B.
        dtype: Of the numbers.
        profile: Coordinate system and transform where there are any (`crs`, `transform`), or control points
            (`crs`, `gcps`), else empty.
        alpha: Number of the band that is called alpha, from 0; None where there is none.
        nodata: The number that stands for no data, or None.
    """

    def __init__(self, array: Any, dataset: Any, nodata: float | None = None) -> None:
        self.array, self.dataset = array, dataset
        self.nodata = nodata if dataset is None else dataset.nodata
        self.alpha: int | None = None
        if dataset is None:
            self.size, self.dtype, self.profile = array.shape[:2], array.dtype, {}
            self.bands = 1 if array.ndim == 2 else array.shape[2]
            return
        self.size, self.bands = (dataset.height, dataset.width), dataset.count
        kind = dataset.dtypes[0]  # NumPy has no complex_int16
        self.dtype = np.dtype("complex64" if kind.startswith("complex") else kind)
        georeferenced = dataset.crs is not None or not dataset.transform.is_identity
        points, crs = dataset.gcps
        self.profile = {"crs": crs, "gcps": points} if points else {}
        if georeferenced:
            self.profile = {"crs": dataset.crs, "transform": dataset.transform}
        names = [color.name for color in dataset.colorinterp]
        self.alpha = names.index("alpha") if "alpha" in names else None
        turned = dataset.tags(ns="IMAGE_STRUCTURE").get("MINISWHITE") == "YES"
        self.white_is_zero = turned and self.dtype == np.uint8

    def __call__(self, top: int, left: int, height: int, width: int) -> np.ndarray:
        """(h, w, B) numbers of a rectangle, as they stand in the file, where white is not 0.

        Raises:
            ValueError: They cannot be read, or are complex.
        """
        if self.dtype.kind == "c":
            raise ValueError(
                "complex values (of radar, for instance) are no brightness: convert them to magnitudes"
            )
        if self.dataset is None:
            part = np.asarray(self.array[top : top + height, left : left + width])
            return part[..., None] if part.ndim == 2 else part
        window = ((top, top + height), (left, left + width))
        part = self.ask("read", window).transpose(1, 2, 0)
        return ~part if self.white_is_zero else part  # as it is shown

    def ask(self, method: str, window: tuple[tuple[int, int], tuple[int, int]], **more: Any) -> np.ndarray:
        """What a method of rasterio's data set gives of a window, ((top, bottom), (left, right)).

        Raises:
            ValueError: It cannot be read.
        """
        try:
            return getattr(self.dataset, method)(window=window, **more)
        except import_rasterio().errors.RasterioIOError as error:
            reason = error.__cause__ or error
            raise ValueError(f"{self.dataset.name}: the raster is damaged or truncated ({reason})") from None

    @cached_property
    def alpha_is_mask(self) -> bool:
        """Whether the alpha band says where there is data: only one of nothing but 0 and 255 does.

        A fourth band of other numbers is often near infra-red.
        """
        if self.alpha is None:
            return False
        for top in range(0, self.size[0], BLOCK):
            window = ((top, min(top + BLOCK, self.size[0])), (0, self.size[1]))
            if not np.isin(self.ask("read", window, indexes=self.alpha + 1), (0, 255)).all():
                return False
        return True

    def valid(self, top: int, left: int, height: int, width: int) -> np.ndarray | None:
        """(h, w) bool of a rectangle, where the file says that there is data; None is everywhere.

        It says so by its number for no data, by a mask, or by its alpha band.
        """
        if self.dataset is None or (self.alpha is not None and not self.alpha_is_mask):
            # rasterio would take an alpha band for a mask
            nothing = None
            if self.nodata is not None:
                nothing = without_data(missing_values(self(top, left, height, width), self.nodata))
            return None if nothing is None else ~nothing
        if all(flag.name == "all_valid" for flags in self.dataset.mask_flag_enums for flag in flags):
            return None
        return self.ask("dataset_mask", ((top, top + height), (left, left + width))) > 0

    @cached_property
    def colors(self) -> np.ndarray | None:
        """(256, 3) uint8 RGB of the values of a raster with a palette, else None."""
        if self.dataset is None or self.dataset.colorinterp[0].name != "palette" or self.dtype != np.uint8:
            return None
        colors = np.zeros((256, 3), np.uint8)
        for value, color in self.dataset.colormap(1).items():
            colors[value] = color[:3]
        return colors


def memory_map(path: Path) -> tuple[np.ndarray, float | None]:
    """An uncompressed TIFF as an array (H, W) or (H, W, C), and its value for no data.

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
        with tifffile.TiffFile(path, **ONE_FILE) as file:
            nodata = file.pages[0].nodata if GDAL_NODATA in file.pages[0].tags else None
    except Exception as error:  # tifffile raises many types for compressed and damaged files
        raise ValueError(f"{hint} ({error})") from None
    planes_first = array.ndim == 3 and array.shape[0] < array.shape[2]
    return (array.transpose(1, 2, 0) if planes_first else array), nodata


@contextmanager
def open_raster(path: Path) -> Iterator[RasterSource]:
    """Open a TIFF for reading by rectangles.

    Raises:
        ValueError: It cannot be read in parts.
    """
    rasterio = import_rasterio()
    if rasterio is None:
        array, nodata = memory_map(path)
        yield RasterSource(array, None, nodata)
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
    if path.suffix.lower() not in (".tif", ".tiff") or not path.is_file() or not starts_as_tiff(path):
        return False
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return is_geotiff(data)
