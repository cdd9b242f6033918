"""How a mask file says which class a pixel is of: by id, by colour, or by 0 and 255."""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from seg_plugins.files.pictures import open_picture

from .tiff import is_tiff, read_tiff

__all__ = ["MaskCode", "read_mask"]

IGNORE = 255
LOSSY = (".jpg", ".jpeg")
Value = tuple[int, ...]


def read_mask(data: bytes, name: object, colours: bool = False) -> np.ndarray:
    """Reads a mask of 8 or 16 bits; PNG, JPEG, TIFF and what else Pillow knows.

    Args:
        data: The file.
        name: Its name, for the message.
        colours: Whether to resolve a palette to colours instead of numbers.

    Returns:
        (H, W) or (H, W, 3), uint8 or uint16, red-green-blue. A picture of one bit has 0 and 255.

    Raises:
        ValueError: If it is damaged or neither 8 nor 16 bits deep.
    """
    if is_tiff(data):
        mask = read_tiff(data, name)
    else:
        try:
            with open_picture(io.BytesIO(data)) as picture:
                mode = {"1": "L", "RGBA": "RGB", "LA": "L", "CMYK": "RGB"}.get(picture.mode, picture.mode)
                mask = np.asarray(picture.convert("RGB" if mode == "P" and colours else mode))
        except (OSError, SyntaxError) as error:
            raise ValueError(f"label {name} cannot be decoded ({error}): make it again") from error
    if mask.dtype == bool:
        mask = mask.astype(np.uint8) * 255
    if mask.dtype not in (np.uint8, np.uint16):
        if mask.dtype.kind not in "iu" or mask.min() < 0 or mask.max() > 65535:
            raise ValueError(f"label {name} holds {mask.dtype} numbers: save ids as 8 or 16 bits")
        mask = mask.astype(np.uint16)
    if mask.ndim == 3 and (mask[..., :1] == mask).all():
        mask = mask[..., 0]  # grey, saved as colour
    return mask[..., :3] if mask.ndim == 3 else mask


def pack(values: np.ndarray) -> np.ndarray:
    """Turns colours (..., 3) into one number each, (...) int64; numbers pass."""
    if values.shape[-1] == 1:
        return values[..., 0].astype(np.int64)
    red, green, blue = (values[..., i].astype(np.int64) for i in range(3))
    return (red << 32) | (green << 16) | blue


@dataclass(frozen=True)
class MaskCode:
    """Which value of a mask file means which class.

    Args:
        classes: Names of the classes, at most 255.
        values: The value of each class: (id,) or (red, green, blue).
        ignored: Values that are not counted.
    """

    classes: tuple[str, ...]
    values: tuple[Value, ...]
    ignored: tuple[Value, ...] = ()

    @classmethod
    def make(cls, classes: Sequence[str], values: Sequence[Any] | None, ignored: Sequence[Any]) -> "MaskCode":
        """Makes a code from what a config says.

        Args:
            classes: Names of the classes.
            values: Ids or colours, one per class; None means 0, 1, 2, ...
            ignored: Ids or colours; those of the other kind, and those of classes, are left out.

        Raises:
            ValueError: If the numbers of classes and values differ, a value occurs twice, or ids and
                colours are mixed.
        """
        given = range(len(classes)) if values is None else values
        own = tuple(as_value(v) for v in given)
        if len(own) != len(classes) or not 0 < len(classes) <= IGNORE:
            raise ValueError(f"{len(classes)} classes need as many values, at most {IGNORE}; got {len(own)}")
        if len(set(own)) != len(own) or len({len(v) for v in own}) != 1:
            raise ValueError(f"values must differ, and be all ids or all colours; got {list(own)}")
        width = len(own[0])
        rest = tuple(v for v in map(as_value, ignored) if len(v) == width and v not in own)
        return cls(tuple(classes), own, rest)

    @property
    def colours(self) -> bool:
        """Whether classes are told by colour."""
        return len(self.values[0]) == 3

    def table(self) -> str:
        """Returns the resolved table, a line per class."""
        shown = [
            (", ".join(map(str, v)), str(i), c)
            for i, (v, c) in enumerate(zip(self.values, self.classes, strict=True))
        ]
        shown += [(", ".join(map(str, v)), str(IGNORE), "(ignored)") for v in self.ignored]
        width = max(len(row[0]) for row in shown)
        return "\n".join(f"{value:>{width}} in the file -> {new:>3} {name}" for value, new, name in shown)

    def decode(self, mask: np.ndarray, name: object) -> np.ndarray:
        """Turns the values of a mask into ids of training.

        Args:
            mask: (H, W) or (H, W, 3), as `read_mask` gives it.
            name: Name of the file, for the message; lossy formats are taken by the nearest value.

        Returns:
            (H, W) uint8: 0..K-1, and 255 for what is ignored.

        Raises:
            ValueError: If a value is neither that of a class nor ignored.
        """
        if mask.ndim == 3 and not self.colours:
            raise ValueError(
                f"label {name} holds colours, but the classes are told by id: give their colours as values"
            )
        if mask.ndim == 2 and self.colours:
            mask = np.repeat(mask[..., None], 3, axis=-1)
        codes = pack(mask) if self.colours else mask.astype(np.int64)
        known, target = self.sorted_codes()
        place = np.clip(np.searchsorted(known, codes), 0, len(known) - 1)
        unknown = known[place] != codes
        labels = target[place]
        if unknown.any():
            labels[unknown] = self.resolve(mask[unknown].reshape(int(unknown.sum()), -1), name)
        return labels

    def sorted_codes(self) -> tuple[np.ndarray, np.ndarray]:
        """Returns the packed values in rising order, int64, and the id of training of each, uint8."""
        codes = pack(np.array(self.values + self.ignored, np.int64))
        target = np.array([*range(len(self.values)), *[IGNORE] * len(self.ignored)], np.uint8)
        order = np.argsort(codes)
        return codes[order], target[order]

    def resolve(self, pixels: np.ndarray, name: object) -> np.ndarray:
        """Takes the nearest class for pixels of no known value, (M, 1 or 3), if the file is a JPEG.

        Returns:
            (M,) uint8.

        Raises:
            ValueError: If the file's format keeps values as they are.
        """
        found, inverse, counts = np.unique(
            pixels.astype(np.int64), axis=0, return_inverse=True, return_counts=True
        )
        if not str(name).lower().endswith(LOSSY):
            several = (f"{', '.join(map(str, v))} ({n} px)" for v, n in zip(found[:5], counts, strict=False))
            raise ValueError(
                f"label {name} holds {'; '.join(several)}: neither a class nor ignored. Known are\n"
                f"{self.table()}"
            )
        known = np.array(self.values + self.ignored, np.int64)
        target = np.array([*range(len(self.values)), *[IGNORE] * len(self.ignored)], np.uint8)
        distance = ((found[:, None] - known[None]) ** 2).sum(axis=-1)
        return target[distance.argmin(axis=1)][inverse.reshape(-1)]


def as_value(value: Any) -> Value:
    """Returns an id, a colour or a text like "#ff8000" as a tuple of numbers."""
    if isinstance(value, str):
        text = value.lstrip("#")
        return tuple(int(text[i : i + 2], 16) for i in (0, 2, 4)) if value.startswith("#") else (int(value),)
    if isinstance(value, int | np.integer):
        return (int(value),)
    return tuple(int(v) for v in value)
