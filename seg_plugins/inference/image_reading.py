"""Checks of an image file before its pixels are decoded: its existence and its size."""

import io
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from seg_plugins.config.tool_command import tool_command
from seg_plugins.files.picture_pixels import picture_size
from seg_plugins.files.pictures import open_picture
from seg_plugins.files.tiff import ONE_FILE, load_tifffile
from seg_plugins.files.tiff_tags import is_tiff

__all__ = ["MAX_PIXELS", "check_size", "head_shape", "head_size"]

MAX_PIXELS = 100_000_000


def head_shape(data: bytes, formats: Sequence[str] | None = None) -> tuple[int, int, int]:
    """Read height, width and channels of an image from its first bytes.

    Args:
        data: Content of the file.
        formats: Pillow's names of the formats to try; None tries all.

    Raises:
        UnidentifiedImageError: The format is unknown.
        Exception: The file is damaged; the type depends on the library that reads it.
    """
    if is_tiff(data) and find_spec("tifffile"):  # Pillow does not support all kinds of TIFF
        with load_tifffile().TiffFile(io.BytesIO(data), **ONE_FILE) as file:
            height, width = file.pages[0].imagelength, file.pages[0].imagewidth
            return height, width, max(1, file.series[0].size // (height * width))
    with open_picture(data, formats) as picture:
        return *picture.size[::-1], len(picture.getbands())


def head_size(path: Path) -> tuple[int, int] | None:
    """Read height and width of an image file from its first bytes; return None if they cannot be read."""
    try:
        return picture_size(path)
    except Exception:  # the decoder of the whole file reports what is wrong
        return None


def check_size(size: tuple[int, int] | None, name: str, max_pixels: int, is_tiff: bool = False) -> None:
    """Refuse an image with too many pixels before they are decoded.

    Args:
        size: (H, W); None is accepted.
        name: Name of the image, for the message.
        max_pixels: Limit of width x height.
        is_tiff: Whether the file may be read in parts.

    Raises:
        ValueError: The image is above the limit.
    """
    if size is not None and size[0] * size[1] > max_pixels:
        way = "; " if is_tiff else ", or convert it: "
        extra = "" if find_spec("rasterio") else ', with pip install "seg-plugins[raster]"'
        raise ValueError(
            f"{name}: {size[1]} x {size[0]} pixels are above the limit of {max_pixels:,}:"
            f" raise --max-pixels{way}`{tool_command('predict')}` reads TIFF in parts{extra}"
        )
