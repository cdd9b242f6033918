"""What is looked at in an image file before its pixels: that it is there, and how large it is."""

import io
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path
from threading import Lock

from PIL import Image

from seg_plugins.datasets.tiff import is_tiff, load_tifffile

__all__ = ["IMAGE_SUFFIXES", "MAX_PIXELS", "check_size", "head_shape", "head_size", "open_head"]

IMAGE_SUFFIXES = (".bmp", ".jpeg", ".jpg", ".png", ".ppm", ".tif", ".tiff", ".webp")
MAX_PIXELS = 100_000_000
HEAD_LOCK = Lock()


def open_head(source: Path | io.BytesIO, formats: Sequence[str] | None = None) -> Image.Image:
    """Open an image, without reading its pixels, whatever Pillow's own limit of their number is.

    Args:
        source: The file.
        formats: Pillow's names of the formats to try; None tries all.
    """
    with HEAD_LOCK:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(source, formats=formats)
        finally:
            Image.MAX_IMAGE_PIXELS = limit


def head_shape(source: Path | io.BytesIO, formats: Sequence[str] | None = None) -> tuple[int, int, int]:
    """Height, width and channels of an image by its first bytes.

    Args:
        source: The file.
        formats: As for `open_head`.

    Raises:
        UnidentifiedImageError: It is no image that is known.
        Exception: It is damaged, in the words of whoever reads it.
    """
    data = source.getvalue()[:4] if isinstance(source, io.BytesIO) else first_bytes(source)
    if is_tiff(data) and find_spec("tifffile"):  # of TIFF Pillow does not know all kinds
        return tiff_head(source)
    with open_head(source, formats) as picture:
        return *picture.size[::-1], len(picture.getbands())


def tiff_head(source: Path | io.BytesIO) -> tuple[int, int, int]:
    """Height, width and channels of a TIFF of any kind."""
    with load_tifffile().TiffFile(source) as file:
        page, values = file.pages[0], file.series[0].size
        return page.imagelength, page.imagewidth, max(1, values // (page.imagelength * page.imagewidth))


def first_bytes(path: Path) -> bytes:
    """The first four bytes of a file."""
    with open(path, "rb") as file:
        return file.read(4)


def head_size(path: Path) -> tuple[int, int] | None:
    """Height and width of an image file by its first bytes; None where they do not say so."""
    try:
        return head_shape(path)[:2]
    except Exception:  # who reads it all says what is wrong
        return None


def check_size(size: tuple[int, int] | None, name: str, max_pixels: int, is_tiff: bool = False) -> None:
    """Refuse an image of too many pixels, before they are decoded.

    Args:
        size: (H, W); None lets it pass.
        name: Of the image, for the message.
        max_pixels: Limit of width x height.
        is_tiff: Whether it may be read in parts.

    Raises:
        ValueError: It is above the limit.
    """
    if size is not None and size[0] * size[1] > max_pixels:
        way = "; " if is_tiff else ", or convert it: "
        extra = "" if find_spec("rasterio") else ', with pip install "seg-plugins[raster]"'
        raise ValueError(
            f"{name}: {size[1]} x {size[0]} pixels are above the limit of {max_pixels:,}:"
            f" raise --max-pixels{way}tools/predict.py reads TIFF in parts{extra}"
        )
