"""Orientation of a picture: the EXIF orientation of JPEG, PNG and WebP, and the tag of TIFF.

One rule holds for images, masks and instance maps, in every format: pixels are taken as a viewer shows the
picture. A mask has to be drawn on the picture as it is shown.
"""

from collections.abc import Iterator
from struct import error as StructError
from struct import unpack_from

import numpy as np

from .tiff_tags import is_tiff, read_tag

__all__ = ["ORIENTATION", "SIDEWAYS", "orientation", "turn"]

ORIENTATION = 274
SIDEWAYS = (5, 6, 7, 8)  # these swap height and width
EXIF_HEAD = b"Exif\0\0"


def jpeg_parts(data: bytes) -> Iterator[bytes]:
    """Yield the EXIF segments of a JPEG file, which stand before the first scan."""
    place = 2
    while data[place : place + 1] == b"\xff" and data[place + 1] != 0xDA:
        if data[place + 1] == 0xFF:  # padding
            place += 1
            continue
        (length,) = unpack_from(">H", data, place + 2)
        if data[place + 1] == 0xE1 and data[place + 4 : place + 10] == EXIF_HEAD:
            yield data[place + 10 : place + 2 + length]
        place += 2 + length


def chunks(data: bytes, start: int, wanted: bytes, png: bool) -> Iterator[bytes]:
    """Yield the chunks of one kind in a PNG or WebP file."""
    place = start
    while place + 8 <= len(data):
        if png:
            length, kind = unpack_from(">I4s", data, place)
            body, after = place + 8, length + 12
        else:
            kind, length = unpack_from("<4sI", data, place)
            body, after = place + 8, 8 + length + length % 2
        if kind == wanted:
            yield data[body : body + length].removeprefix(EXIF_HEAD)
        place += after


def exif_parts(data: bytes) -> Iterator[bytes]:
    """Yield the EXIF data of a picture file, each part in the layout of a TIFF file."""
    if data[:3] == b"\xff\xd8\xff":
        yield from jpeg_parts(data)
    elif data[:4] == b"\x89PNG":
        yield from chunks(data, 8, b"eXIf", png=True)
    elif data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        yield from chunks(data, 12, b"EXIF", png=False)
    elif is_tiff(data):
        yield data


def orientation(data: bytes) -> int:
    """Read the orientation of a picture.

    Args:
        data: Content of the file, or a memory map of it.

    Returns:
        1..8 as in EXIF 2.32, section 4.6.4; 1 (upright) if the file does not state a readable one.
    """
    try:
        for part in exif_parts(data):
            value = read_tag(part, ORIENTATION)
            if isinstance(value, tuple) and value:
                return value[0] if 1 <= value[0] <= 8 else 1
    except (StructError, IndexError):
        pass
    return 1


def turn(image: np.ndarray, orientation: int) -> np.ndarray:
    """Turn pixels from their stored orientation to the one in which they are shown.

    Args:
        image: (H, W) or (H, W, C).
        orientation: 1..8.

    Returns:
        (H, W[, C]) or (W, H[, C]).

    >>> turn(np.array([[1, 2, 3]]), 6).tolist()
    [[1], [2], [3]]
    """
    if orientation == 1:
        return image
    if orientation in SIDEWAYS:
        image = image.swapaxes(0, 1)
    if orientation in (3, 4, 7, 8):
        image = image[::-1]
    if orientation in (2, 3, 6, 7):
        image = image[:, ::-1]
    return np.ascontiguousarray(image)
