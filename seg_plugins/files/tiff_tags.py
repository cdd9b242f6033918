"""Reading of TIFF tags without any package; EXIF data have the same layout."""

from struct import calcsize, unpack_from
from struct import error as StructError

__all__ = [
    "BITS",
    "PHOTOMETRIC",
    "WHITE_IS_ZERO",
    "has_alpha",
    "is_geotiff",
    "is_tiff",
    "needs_own_reading",
    "no_data_value",
    "read_tag",
    "tag_size",
]

MAGIC = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
LETTERS = {1: "B", 2: "s", 3: "H", 4: "I", 16: "Q"}  # supported tag types, as struct names them
WIDTH, HEIGHT, BITS, EXTRA_SAMPLES, KIND, GDAL_NO_DATA = 256, 257, 258, 338, 339, 42113
PHOTOMETRIC, WHITE_IS_ZERO = 262, 0
GEO_TAGS = (33550, 33922, 34264, 34735)  # pixel scale, tie points, transformation, keys


def is_tiff(data: bytes) -> bool:
    """Return whether a file of these first bytes is a TIFF or BigTIFF."""
    return bytes(data[:4]) in MAGIC


def read_tag(data: bytes, tag: int) -> tuple[int, ...] | str | None:
    """Read a tag of the first directory of a TIFF file, or of EXIF data, which have the same layout.

    Args:
        data: The file, or a memory map of it.
        tag: Number of the tag.

    Returns:
        Integers or text; an empty tuple for other types, and None if the tag is absent.
    """
    try:
        order = {b"II": "<", b"MM": ">"}[bytes(data[:2])]
        big = unpack_from(f"{order}H", data, 2)[0] == 43
        word, count_word, head, width = ("Q", "Q", "HHQ", 20) if big else ("I", "H", "HHI", 12)
        (start,) = unpack_from(order + word, data, 8 if big else 4)
        (entries,) = unpack_from(order + count_word, data, start)
        first = start + calcsize(f"={count_word}")
        for place in range(first, first + min(entries, 4096) * width, width):
            found, kind, number = unpack_from(order + head, data, place)
            if found == tag:
                return tag_content(data, order, word, place + calcsize(f"={head}"), kind, number)
    except (StructError, KeyError):
        pass
    return None


def tag_content(
    data: bytes, order: str, word: str, place: int, kind: int, number: int
) -> tuple[int, ...] | str:
    """Read the content of a tag; short contents stand in the directory itself."""
    letter = LETTERS.get(kind)
    if letter is None:
        return ()
    if calcsize(f"={letter}") * number > calcsize(f"={word}"):
        (place,) = unpack_from(order + word, data, place)
    if letter == "s":
        return bytes(data[place : place + number]).decode("latin-1").strip("\0 ")
    return unpack_from(f"{order}{number}{letter}", data, place)


def no_data_value(data: bytes) -> float | None:
    """Return the number that stands for no data in a GeoTIFF (tag 42113), or None."""
    text = read_tag(data, GDAL_NO_DATA) if is_tiff(data) else None
    try:
        return float(text) if isinstance(text, str) else None
    except ValueError:
        return None


def is_geotiff(data: bytes) -> bool:
    """Return whether a TIFF file says where on a map it lies."""
    return is_tiff(data) and any(read_tag(data, tag) is not None for tag in GEO_TAGS)


def has_alpha(data: bytes) -> bool:
    """Return whether a TIFF file calls its last channel transparency (tag 338, 1 or 2)."""
    kinds = read_tag(data, EXTRA_SAMPLES)
    return isinstance(kinds, tuple) and len(kinds) > 0 and kinds[-1] in (1, 2)


def needs_own_reading(data: bytes) -> bool:
    """Return whether OpenCV decodes a TIFF to other colours than a PNG: one with alpha or 16 bits."""
    bits = read_tag(data, BITS)
    plain = read_tag(data, PHOTOMETRIC) in ((1,), (2,)) and set(read_tag(data, KIND) or (1,)) == {1}
    return plain and bits in ((16,) * 3, (16,) * 4, (8,) * 4)


def tag_size(data: bytes) -> tuple[int, int]:
    """Return height and width from the tags; 0 if they are absent."""
    return tuple((read_tag(data, tag) or (0,))[0] for tag in (HEIGHT, WIDTH))
