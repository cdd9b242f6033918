"""Pictures that Pillow decodes by itself, of any size.

Pillow refuses more than 178,956,970 pixels as a possible attack. The user's own data are read whatever their
size; what comes over the network has a limit of its own. OpenCV stops at 2^30 pixels, which the environment
variable OPENCV_IO_MAX_IMAGE_PIXELS raises.
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
    """Open a picture of any size, not decoded yet, by what it holds and not by its name.

    Pillow's other formats run programs (Ghostscript for EPS), call the system (WMF) or open whole documents.

    Args:
        file: The content, a path or an open file.
        formats: Those of `FORMATS` to try; by default all.

    Raises:
        OSError: It is not there, or no picture of these formats (`PIL.UnidentifiedImageError`).
    """
    Image.init()
    tried = [name for name in formats or FORMATS if name in Image.OPEN]
    with LIMIT_LOCK:
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            return Image.open(io.BytesIO(file) if isinstance(file, bytes) else file, formats=tried)
        finally:
            Image.MAX_IMAGE_PIXELS = limit
