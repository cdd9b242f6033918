"""Reading of pictures through Pillow, with their pixels as they are shown."""

import mmap
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from PIL import Image, UnidentifiedImageError

from .orientation import ORIENTATION, SIDEWAYS, orientation, turn
from .pictures import open_picture
from .tiff import tiff_shape
from .tiff_tags import is_tiff

__all__ = ["opened_picture", "picture_pixels", "picture_size", "stored_turned"]


def picture_pixels(picture: Image.Image, data: bytes, mode: str | None = None) -> np.ndarray:
    """Read the pixels of an open picture as a viewer shows it.

    Args:
        picture: From `open_picture`.
        data: The file's content.
        mode: Pillow mode to convert to; by default the picture's own.

    Raises:
        OSError: If the file is damaged.
        ValueError: If the file holds several frames.
    """
    if picture.format in ("GIF", "PNG", "WEBP") and getattr(picture, "n_frames", 1) > 1:
        raise ValueError(f"it is an animation of {picture.n_frames} frames: save each frame as one file")
    picture.load()
    way = orientation(data)
    if picture.format == "TIFF":  # Pillow turns TIFF itself and then drops the tag
        way = picture.getexif().get(ORIENTATION, 1)
    return turn(np.asarray(picture.convert(mode) if mode else picture), way)


@contextmanager
def opened_picture(
    data: bytes, what: str, name: object, advice: str = "make it again"
) -> Iterator[Image.Image]:
    """Open the picture in the content of a file for a block; errors in the block get the file's name.

    Args:
        data: Content of the file.
        what: Kind of file, for messages, such as "label".
        name: Name of the file.
        advice: Remedy for a fault.

    Raises:
        ValueError: The file is empty, damaged or not an image, or the block finds a fault.
    """
    if not data:
        raise ValueError(f"{what} {name} is empty (0 bytes): {advice}")
    try:
        with open_picture(data) as picture:
            yield picture
    except UnidentifiedImageError:
        raise ValueError(
            f"{what} {name} cannot be decoded: it is damaged or not an image; {advice}"
        ) from None
    except (OSError, SyntaxError, ValueError) as error:
        if str(error).startswith(f"{what} {name} "):
            raise
        raise ValueError(f"{what} {name} cannot be decoded ({error}): {advice}") from error


def stored_turned(path: str | Path) -> int:
    """Return the orientation (1..8) of a picture file, without reading all of it."""
    with open(path, "rb") as file:
        if not file.read(1):
            return 1
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            return orientation(data)


def picture_size(path: str | Path) -> tuple[int, int]:
    """Read height and width of an image as a viewer shows it, from its header.

    Raises:
        FileNotFoundError: If there is no such file.
        ValueError: If the file is empty, damaged or not an image.
    """
    path = Path(path)
    with open(path, "rb") as file:
        tiff = is_tiff(file.read(4))
    try:
        if tiff:
            height, width = tiff_shape(path)
        else:
            with open_picture(path) as picture:
                width, height = picture.size
        return (width, height) if stored_turned(path) in SIDEWAYS else (height, width)
    except (OSError, SyntaxError, ValueError) as error:
        reason = "it is empty (0 bytes)" if not path.stat().st_size else "it is damaged or not an image"
        raise ValueError(f"image {path} cannot be decoded: {reason}") from error
