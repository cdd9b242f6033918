"""Decoding of pictures of any size by Pillow alone.

Pillow refuses more than 178,956,970 pixels as a possible attack. The user's own data are read at any size;
data from the network have a limit of their own. OpenCV stops at 2^30 pixels, which the environment variable
OPENCV_IO_MAX_IMAGE_PIXELS raises.
"""

import io
from collections.abc import Sequence
from pathlib import Path
from threading import Lock
from typing import IO

from PIL import Image

__all__ = ["FORMATS", "open_picture"]

FORMATS = (
    "AVIF", "BMP", "DIB", "GIF", "ICO", "JPEG", "JPEG2000", "MPO", "PCX", "PNG", "PPM", "SGI", "SUN", "TGA",
    "TIFF", "WEBP",
)  # fmt: skip


LIMIT_LOCK = Lock()


def open_picture(file: bytes | str | Path | IO[bytes], formats: Sequence[str] | None = None) -> Image.Image:
    """Open a picture of any size by its content, not by its name; the pixels are not decoded yet.

    Pillow's other formats run programs (Ghostscript for EPS), call the system (WMF) or open whole documents.

    Args:
        file: The content, a path or an open file.
        formats: The formats of `FORMATS` to try; by default all.

    Raises:
        OSError: There is no such file, or its format is not one of these (`PIL.UnidentifiedImageError`).
    """
    Image.init()
    tried = [name for name in formats or FORMATS if name in Image.OPEN]
    with LIMIT_LOCK:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(io.BytesIO(file) if isinstance(file, bytes) else file, formats=tried)
        finally:
            Image.MAX_IMAGE_PIXELS = limit
