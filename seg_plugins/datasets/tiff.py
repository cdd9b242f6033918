"""TIFF files of any depth and number of channels, through the optional package tifffile."""

import io
from pathlib import Path
from types import ModuleType

import numpy as np

__all__ = ["ONE_FILE", "is_tiff", "read_tiff", "tiff_shape"]

ONE_FILE = {"_multifile": False, "is_mmstack": False, "is_ndtiff": False}  # read no file that a TIFF names
MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def is_tiff(data: bytes) -> bool:
    """Whether a file of these first bytes is a TIFF or BigTIFF."""
    return data[:4] in MAGIC


def load_tifffile() -> ModuleType:
    """Imports tifffile, which is optional.

    Raises:
        ImportError: If it is not installed, saying how to install it.
    """
    try:
        import tifffile
    except ImportError as error:
        raise ImportError("this TIFF file needs the package tifffile: pip install tifffile") from error
    return tifffile


def image_axes(axes: str, shape: tuple[int, ...]) -> str:
    """Names the axes where tifffile could not: an array written as (H, W, C) without a word about colour.

    An unknown first axis (`Q`) that is longer than the last one is the height.

    >>> image_axes("QYX", (64, 80, 5)), image_axes("QYX", (5, 64, 80)), image_axes("YXS", (64, 80, 3))
    ('YXS', 'QYX', 'YXS')
    """
    return "YXS" if axes == "QYX" and shape[0] > shape[2] else axes


def channels_last(array: np.ndarray, axes: str) -> np.ndarray:
    """Brings the first page or channel axis to the end.

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


def read_tiff(data: bytes, name: object) -> np.ndarray:
    """Reads a TIFF file as it is.

    Args:
        data: The file.
        name: Its name, for the message.

    Returns:
        (H, W) or (H, W, C), in the file's own type and order of channels.

    Raises:
        ValueError: If it is damaged or has more than three axes.
    """
    tifffile = load_tifffile()
    try:
        with tifffile.TiffFile(io.BytesIO(data), **ONE_FILE) as file:
            series = file.series[0]
            return channels_last(series.asarray(), image_axes(series.axes, series.shape))
    except ImportError:
        raise
    except Exception as error:  # tifffile raises many kinds
        raise ValueError(f"image {name} cannot be decoded: {error}") from error


def tiff_shape(path: Path) -> tuple[int, int]:
    """Reads height and width of a TIFF file from its header."""
    with load_tifffile().TiffFile(path, **ONE_FILE) as file:
        series = file.series[0]
        shape = dict(zip(image_axes(series.axes.upper(), series.shape), series.shape, strict=True))
        return shape["Y"], shape["X"]
