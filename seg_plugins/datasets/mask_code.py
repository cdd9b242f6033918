"""Mask code: how a mask file encodes classes, by id, by colour, by 0 and 255, or by one channel per class."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .mask_file import NOT_A_NUMBER, read_mask

__all__ = ["LEAST_DISTANCE", "MaskCode", "Value", "as_value", "digest"]

IGNORE = 255
UNKNOWN = -1
AT_ONCE = 1 << 21  # pixels
FACTORS = np.random.default_rng(0).integers(1 << 40, 1 << 62, 64).astype(np.uint64) | np.uint64(1)
LEAST_DISTANCE = 16  # between two values that survive a lossy format
Value = tuple[int, ...]


def digest(values: np.ndarray) -> np.ndarray:
    """Map integer vectors (..., C) to one number each, (...); equal vectors get equal numbers."""
    factors = np.resize(FACTORS, values.shape[-1])
    return (values.astype(np.int64).astype(np.uint64) * factors).sum(axis=-1, dtype=np.uint64)


@dataclass(frozen=True)
class MaskCode:
    """Which value of a mask file means which class.

    Args:
        classes: Names of the classes, at most 255.
        values: Value of each class: (id,), (red, green, blue), (red, green, blue, opacity), or one number per
            channel of the file.
        ignored: Values that do not count.
        nearest: Whether other values count as the nearest of these.
    """

    classes: tuple[str, ...]
    values: tuple[Value, ...]
    ignored: tuple[Value, ...] = ()
    nearest: bool = False

    @classmethod
    def make(
        cls,
        classes: Sequence[str],
        values: Sequence[Any] | None,
        ignored: Sequence[Any],
        nearest: bool = False,
    ) -> "MaskCode":
        """Build a code from the settings of a config.

        Args:
            classes: Names of the classes.
            values: Ids or colours, one per class; None means 0, 1, 2, ...
            ignored: Ids or colours; those of the other kind, and those of classes, are skipped.
            nearest: Whether other values count as the nearest of these, as soft or resized masks need.

        Raises:
            ValueError: If the numbers of classes and values differ, a class or value occurs twice, or ids and
                colours are mixed.
        """
        given = range(len(classes)) if values is None else values
        own = tuple(as_value(v) for v in given)
        if len(own) != len(classes) or not 0 < len(classes) <= IGNORE:
            raise ValueError(f"{len(classes)} classes need as many values, at most {IGNORE}; got {len(own)}")
        if len(set(classes)) != len(classes):
            raise ValueError(f"names of classes must differ; got {list(classes)}")
        if len(set(own)) != len(own) or len({len(v) for v in own}) != 1:
            raise ValueError(f"values must differ, and be all ids or all colours; got {list(own)}")
        width = len(own[0])
        rest = tuple(v for v in map(as_value, ignored) if len(v) == width and v not in own)
        return cls(tuple(classes), own, rest, nearest)

    @property
    def width(self) -> int:
        """Number of values per pixel that identify a class."""
        return len(self.values[0])

    @property
    def colours(self) -> bool:
        """Whether colours identify the classes."""
        return self.width == 3

    def table(self) -> str:
        """Return the resolved code as text, one line per class."""
        shown = [
            (", ".join(map(str, v)), str(i), c if c.isprintable() else ascii(c))
            for i, (v, c) in enumerate(zip(self.values, self.classes, strict=True))
        ]
        shown += [(", ".join(map(str, v)), str(IGNORE), "(ignored)") for v in self.ignored]
        width = max(len(row[0]) for row in shown)
        return "\n".join(f"{value:>{width}} in the file -> {new:>3} {name}" for value, new, name in shown)

    def read(self, data: bytes, name: object) -> np.ndarray:
        """Read a mask file as training ids.

        Args:
            data: The file.
            name: Its name, for the message.

        Returns:
            (H, W) uint8: 0..K-1, and 255 for ignored pixels.

        Raises:
            ValueError: If the file is damaged, or a value is neither a class nor ignored.
        """
        found = read_mask(data, name)
        return self.decode(found.as_wide(self.width, name), name, found.lossy or self.nearest)

    def decode(self, mask: np.ndarray, name: object, lossy: bool = False) -> np.ndarray:
        """Convert the values of a mask to training ids.

        Args:
            mask: (H, W) or (H, W, width) integers.
            name: Name of the file, for the message.
            lossy: Whether the file format changes values; the nearest class then counts.

        Returns:
            (H, W) uint8: 0..K-1, and 255 for ignored pixels and for NaN.

        Raises:
            ValueError: If a value is neither a class nor ignored.
        """
        labels = np.empty(mask.shape[:2], np.uint8)
        rows = max(1, AT_ONCE // max(1, mask.shape[1]))
        for start in range(0, len(mask), rows):
            part = mask[start : start + rows]
            ids = self.ids_of(part)
            unknown = ids == UNKNOWN
            labels[start : start + rows] = ids
            if unknown.any():
                pixels = part[unknown].reshape(int(unknown.sum()), -1)
                labels[start : start + rows][unknown] = self.nearest_ids(pixels, name, lossy)
        return labels

    def ids_of(self, mask: np.ndarray) -> np.ndarray:
        """Look values up; return training ids (h, w) int16, -1 for unknown values."""
        known = np.array(self.values + self.ignored, np.int64)
        target = np.array([*range(len(self.values)), *[IGNORE] * len(self.ignored)], np.int16)
        if mask.ndim == 2 and mask.dtype in (np.uint8, np.uint16):
            table = np.full(int(np.iinfo(mask.dtype).max) + 1, UNKNOWN, np.int16)
            fits = (known[:, 0] >= 0) & (known[:, 0] < len(table))
            table[known[fits, 0]] = target[fits]
            return table[mask]
        codes = mask.astype(np.int64) if mask.ndim == 2 else digest(mask)
        own = known[:, 0] if mask.ndim == 2 else digest(known)
        order = np.argsort(own)
        place = order[np.clip(np.searchsorted(own[order], codes), 0, len(own) - 1)]
        same = own[place] == codes if mask.ndim == 2 else (known[place] == mask).all(axis=-1)
        ids = np.where(same, target[place], np.int16(UNKNOWN))
        if mask.ndim == 2:
            ids[codes == NOT_A_NUMBER] = IGNORE
        return ids

    def nearest_ids(self, pixels: np.ndarray, name: object, lossy: bool) -> np.ndarray:
        """Return the nearest class of pixels with unknown values, (M, width), if the format is lossy.

        Returns:
            (M,) uint8.

        Raises:
            ValueError: If the format is lossless, or the classes are too close to each other.
        """
        found, inverse, counts = np.unique(
            pixels.astype(np.int64), axis=0, return_inverse=True, return_counts=True
        )
        several = "; ".join(
            f"{', '.join(map(str, v))} ({n} px)" for v, n in zip(found[:5], counts, strict=False)
        )
        told = f"label {name} holds {several}: neither a class nor ignored. Known values:\n{self.table()}"
        if not lossy:
            raise ValueError(told)
        known = np.array(self.values + self.ignored, np.int64)
        apart = np.sqrt(((known[:, None] - known[None]) ** 2).sum(axis=-1) + 1e9 * np.eye(len(known)))
        if apart.min() < LEAST_DISTANCE:
            raise ValueError(
                f"{told}\nThe file is a JPEG or another lossy format, which changes values by more than "
                "the distance of these: save masks as PNG. If they hold 0 and 255, set values=[0, 255]"
            )
        target = np.array([*range(len(self.values)), *[IGNORE] * len(self.ignored)], np.uint8)
        distance = ((found[:, None] - known[None]) ** 2).sum(axis=-1)
        return target[distance.argmin(axis=1)][inverse.reshape(-1)]


def as_value(value: Any) -> Value:
    """Parse an id, a colour, a text such as "#ff8000" or a text such as "0,255,0" to a tuple of numbers.

    Raises:
        ValueError: If it is none of these.

    >>> as_value("#ff8000"), as_value("0,255"), as_value(-1)
    ((255, 128, 0), (0, 255), (-1,))
    """
    try:
        if isinstance(value, str) and value.startswith("#"):
            numbers = bytes.fromhex(value[1:])
            if len(numbers) not in (3, 4):
                raise ValueError(value)
            return tuple(numbers)
        if isinstance(value, str):
            return tuple(int(part) for part in value.split(","))
        if isinstance(value, int | np.integer):
            return (int(value),)
        return tuple(int(v) for v in value)
    except (TypeError, ValueError):
        raise ValueError(
            f'value {value!r} is not an integer, "#rrggbb", "#rrggbbaa" or a list of numbers'
        ) from None
