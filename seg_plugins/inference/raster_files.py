"""Reading of parts of TIFF files that are larger than memory.

With rasterio (extra `raster`), this is any TIFF, georeferenced or not. Without it, this is uncompressed TIFF
through tifffile's memory map (extra `tiff`).
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
    """Import the module rasterio; return None if it is not installed."""
    try:
        import rasterio
    except ImportError:
        return None
    return rasterio


def starts_as_tiff(path: Path) -> bool:
    """Test whether a file begins like a TIFF."""
    with open(path, "rb") as file:
        return is_tiff(file.read(4))


def open_quietly(path: Path, *args: Any, **kwargs: Any) -> Any:
    """Call `rasterio.open` for a TIFF, without its warning that a plain image has no map coordinates.

    Some of GDAL's formats read other files and query servers (VRT). So only TIFF is opened, independently of
    the name, and the name is a path, never an address.

    Raises:
        ValueError: The mask beside the raster is not a TIFF; GDAL would open it.
    """
    import rasterio

    for mask in (Path(f"{path}.msk"), Path(f"{path}.MSK")):
        if mask.is_file() and not starts_as_tiff(mask):
            raise ValueError(f"{path}: the mask beside it, {mask}, is not a TIFF: remove it")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        return rasterio.open(os.path.abspath(path), *args, driver="GTiff", **kwargs)


class RasterSource:
    """A TIFF that is read by rectangles, with its original values.

    Attributes:
        size: (H, W).
        bands: Number of bands B.
        dtype: Type of the values.
        profile: Coordinate system and transform (`crs`, `transform`), or control points
            (`crs`, `gcps`); empty if the file has neither.
        alpha: Index of the alpha band, from 0; None without one.
        nodata: The value that marks missing data, or None.
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
        """Read (h, w, B) values of a rectangle, as stored; a file in which white is 0 is inverted.

        Raises:
            ValueError: The values cannot be read, or are complex.
        """
        if self.dtype.kind == "c":
            raise ValueError(
                "complex values (such as those of radar) are not intensities: convert them to magnitudes"
            )
        if self.dataset is None:
            part = np.asarray(self.array[top : top + height, left : left + width])
            return part[..., None] if part.ndim == 2 else part
        window = ((top, top + height), (left, left + width))
        part = self.ask("read", window).transpose(1, 2, 0)
        return ~part if self.white_is_zero else part  # as displayed

    def ask(self, method: str, window: tuple[tuple[int, int], tuple[int, int]], **more: Any) -> np.ndarray:
        """Call a method of rasterio's data set for a window, ((top, bottom), (left, right)).

        Raises:
            ValueError: The window cannot be read.
        """
        try:
            return getattr(self.dataset, method)(window=window, **more)
        except import_rasterio().errors.RasterioIOError as error:
            reason = error.__cause__ or error
            raise ValueError(f"{self.dataset.name}: the raster is damaged or truncated ({reason})") from None

    @cached_property
    def alpha_is_mask(self) -> bool:
        """Whether the alpha band marks data: only a band of nothing but 0 and 255 does.

        A fourth band with other values is often near infra-red.
        """
        if self.alpha is None:
            return False
        for top in range(0, self.size[0], BLOCK):
            window = ((top, min(top + BLOCK, self.size[0])), (0, self.size[1]))
            if not np.isin(self.ask("read", window, indexes=self.alpha + 1), (0, 255)).all():
                return False
        return True

    def valid(self, top: int, left: int, height: int, width: int) -> np.ndarray | None:
        """Read the data mask (h, w) bool of a rectangle, True for data; None if all pixels have data.

        The file marks missing data by a value, by a mask, or by its alpha band.
        """
        if self.dataset is None or (self.alpha is not None and not self.alpha_is_mask):
            # rasterio would interpret an alpha band as a mask
            nothing = None
            if self.nodata is not None:
                nothing = without_data(missing_values(self(top, left, height, width), self.nodata))
            return None if nothing is None else ~nothing
        if all(flag.name == "all_valid" for flags in self.dataset.mask_flag_enums for flag in flags):
            return None
        return self.ask("dataset_mask", ((top, top + height), (left, left + width))) > 0

    @cached_property
    def colors(self) -> np.ndarray | None:
        """Colour table (256, 3) uint8 RGB of a raster with a palette, otherwise None."""
        if self.dataset is None or self.dataset.colorinterp[0].name != "palette" or self.dtype != np.uint8:
            return None
        colors = np.zeros((256, 3), np.uint8)
        for value, color in self.dataset.colormap(1).items():
            colors[value] = color[:3]
        return colors


def memory_map(path: Path) -> tuple[np.ndarray, float | None]:
    """Map an uncompressed TIFF as an array (H, W) or (H, W, C), and return it with its no-data value.

    Raises:
        ValueError: The file is compressed or damaged, or tifffile is not installed.
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
        ValueError: The file cannot be read in parts.
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
    """Test whether a file is a TIFF with a coordinate system, or one that is read in parts."""
    if path.suffix.lower() not in (".tif", ".tiff") or not path.is_file():
        return False
    try:
        with open_raster(path) as source:
            return bool(source.profile) or source.size[0] * source.size[1] > RASTER_PIXELS
    except ValueError:
        return False


def fits_whole(path: Path, max_pixels: int) -> bool:
    """Test whether a raster is small enough to be loaded and segmented as one image.

    Args:
        path: A TIFF that satisfies `is_raster`.
        max_pixels: Limit of an image's width x height.
    """
    with open_raster(path) as source:
        return source.size[0] * source.size[1] <= min(RASTER_PIXELS, max_pixels)


def has_map_coordinates(path: Path) -> bool:
    """Test whether an image file is a GeoTIFF, by the tags of the GeoTIFF standard (OGC 19-008r4, 7.2)."""
    if path.suffix.lower() not in (".tif", ".tiff") or not path.is_file() or not starts_as_tiff(path):
        return False
    with open(path, "rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
        return is_geotiff(data)
