"""TIFF files of any depth and number of channels, through the optional packages tifffile and rasterio."""

import io
import warnings
from pathlib import Path
from types import ModuleType

import numpy as np

from .orientation import orientation, turn
from .tiff_tags import BITS, PHOTOMETRIC, WHITE_IS_ZERO, is_tiff, read_tag, tag_size

__all__ = ["ONE_FILE", "is_tiff", "read_tiff", "tiff_shape"]

ONE_FILE = {"_multifile": False, "is_mmstack": False, "is_ndtiff": False}  # open no file that a TIFF names


def load_tifffile() -> ModuleType:
    """Import tifffile, an optional package.

    Raises:
        ImportError: If it is not installed; the message says how to install it.
    """
    try:
        import tifffile
    except ImportError as error:
        raise ImportError("this TIFF file needs the package tifffile: pip install tifffile") from error
    return tifffile


def image_axes(axes: str, shape: tuple[int, ...]) -> str:
    """Name the axes where tifffile could not: a file may hold (H, W, C) without saying that C is colour.

    An unknown first axis (`Q`) is the height if it is longer than the last axis.

    >>> image_axes("QYX", (64, 80, 5)), image_axes("QYX", (5, 64, 80)), image_axes("YXS", (64, 80, 3))
    ('YXS', 'QYX', 'YXS')
    """
    return "YXS" if axes == "QYX" and shape[0] > shape[2] else axes


def channels_last(array: np.ndarray, axes: str) -> np.ndarray:
    """Move the first page or channel axis to the end.

    Args:
        array: Two or three axes.
        axes: Their names as tifffile gives them: Y, X, and anything for channels.

    Returns:
        (H, W) or (H, W, C).

    Raises:
        ValueError: If there are more than three axes.
    """
    if array.ndim not in (2, 3):
        raise ValueError(f"it has the axes {axes} of {array.shape}, an image has at most three")
    if array.ndim == 3 and axes.upper().endswith("YX"):
        return np.ascontiguousarray(np.moveaxis(array, 0, -1))
    return array


def read_tiff(data: bytes, name: object, what: str = "image") -> np.ndarray:
    """Read a TIFF file in its own number type, as a viewer shows it.

    Args:
        data: The file.
        name: Its name, for the message.
        what: What the message calls the file.

    Returns:
        (H, W) or (H, W, C), in the file's own type and order of channels.

    Raises:
        ValueError: If it is damaged, has more than three axes, or a compression that no installed package
            reads.
    """
    tifffile = load_tifffile()
    try:
        with tifffile.TiffFile(io.BytesIO(data), **ONE_FILE) as file:
            series = file.series[0]
            try:
                array = series.asarray()
            except ValueError as error:
                if "imagecodecs" not in str(error):
                    raise
                array = read_compressed(data, series.shape, series.axes, str(error))
        array = array.astype(bool) if (read_tag(data, BITS) or (8,))[0] == 1 else array
        if read_tag(data, PHOTOMETRIC) == (WHITE_IS_ZERO,) and array.dtype in (bool, np.uint8):
            array = ~array
        return turn(channels_last(array, image_axes(series.axes, series.shape)), orientation(data))
    except ImportError:
        raise
    except Exception as error:  # tifffile raises many kinds
        raise ValueError(f"{what} {name} cannot be decoded: {error}") from error


def read_compressed(data: bytes, shape: tuple[int, ...], axes: str, reason: str) -> np.ndarray:
    """Read through rasterio what tifffile cannot, such as LZW; the axes are named as by tifffile.

    Raises:
        ValueError: If rasterio is not installed or cannot read it either.
    """
    try:
        import rasterio
    except ImportError:
        raise ValueError(f"{reason}; pip install imagecodecs, or rasterio") from None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rasterio.errors.NotGeoreferencedWarning)
        with rasterio.MemoryFile(data) as file, file.open(driver="GTiff") as raster:
            bands = raster.read()
    array = bands if axes.upper().endswith("YX") else np.moveaxis(bands, 0, -1)
    if array.size != np.prod(shape):  # several pages, of which rasterio reads the first
        raise ValueError(reason)
    return array.reshape(shape)


def tiff_shape(path: Path) -> tuple[int, int]:
    """Read height and width of a TIFF file, as it is stored, from its header.

    Raises:
        ValueError: If it is damaged.
    """
    try:
        tifffile = load_tifffile()
    except ImportError:
        return tag_size(path.read_bytes())
    try:
        with tifffile.TiffFile(path, **ONE_FILE) as file:
            series = file.series[0]
            shape = dict(zip(image_axes(series.axes.upper(), series.shape), series.shape, strict=True))
            return shape["Y"], shape["X"]
    except Exception as error:  # tifffile raises many kinds
        raise ValueError(f"image {path} cannot be decoded: {error}") from error
