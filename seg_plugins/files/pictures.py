"""Pictures that Pillow decodes by itself."""

from pathlib import Path
from typing import IO

from PIL import Image

__all__ = ["FORMATS", "open_picture"]

FORMATS = (
    "AVIF", "BMP", "DIB", "GIF", "ICO", "JPEG", "JPEG2000", "MPO", "PCX", "PNG", "PPM", "SGI", "SUN", "TGA",
    "TIFF", "WEBP",
)  # fmt: skip


def open_picture(file: str | Path | IO[bytes]) -> Image.Image:
    """Open a picture, not decoded yet, by what it holds and not by its name.

    Pillow's other formats run programs (Ghostscript for EPS), call the system (WMF) or open whole documents.

    Args:
        file: A path or an open file.

    Raises:
        OSError: It is not there, or no picture of `FORMATS` (`PIL.UnidentifiedImageError`).
    """
    Image.init()
    return Image.open(file, formats=[name for name in FORMATS if name in Image.OPEN])
