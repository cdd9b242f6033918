"""Reading of annotation files with a check of every field before its use."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..converter import SourceError

__all__ = ["Record", "numbers", "read_json", "shortened"]


def shortened(value: Any, length: int = 40) -> str:
    """Shorten a value for a message: one line, not longer than `length` characters.

    >>> shortened([1] * 1000, 9)
    '[1, 1, ...'
    """
    text = ascii(value)
    return text if len(text) <= length else text[: length - 2] + "..."


def read_json(path: Path) -> Any:
    """Read a JSON file of any Unicode encoding, with or without byte order mark.

    Raises:
        SourceError: If it cannot be read, or is not JSON.
    """
    try:
        return json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise SourceError(f"annotation file {path} cannot be read: {error}") from error
    except RecursionError as error:
        raise SourceError(f"annotation file {path} cannot be read: it is nested too deeply") from error


def numbers(value: Any, place: str) -> np.ndarray:
    """Check a list of finite numbers.

    Args:
        value: Value in the file.
        place: Its position in the file, for the message.

    Returns:
        (N,) float64.

    Raises:
        SourceError: If the value is something else.
    """
    if not isinstance(value, list) or not all(type(v) in (int, float) for v in value):
        raise SourceError(f"{place} is {shortened(value)}: it should be a list of numbers")
    try:
        array = np.array(value, float)
    except OverflowError:
        array = np.array([np.inf])
    if not np.isfinite(array).all():
        raise SourceError(f"{place} holds a number that is not finite: {shortened(value)}")
    return array


@dataclass(frozen=True)
class Record:
    """One object of a JSON file.

    Attributes:
        fields: Its fields.
        place: Its position in the file, for messages.
    """

    fields: dict[str, Any]
    place: str

    @classmethod
    def make(cls, value: Any, place: str) -> "Record":
        """Make a record of a value in the file; raise SourceError if the value is not an object."""
        if not isinstance(value, dict):
            raise SourceError(f"{place} is {shortened(value)}: it should be an object with fields")
        return cls(value, place)

    def wrong(self, key: str, wanted: str) -> SourceError:
        """Return the error for a field that is missing or has a wrong value."""
        if key not in self.fields:
            return SourceError(f"{self.place} has no {key!r}: it should be {wanted}")
        return SourceError(f"{self.place}: {key!r} is {shortened(self.fields[key])}: it should be {wanted}")

    def text(self, key: str) -> str:
        """Return a string; raise SourceError if it is blank or contains a lone surrogate."""
        value = self.fields.get(key)
        if not isinstance(value, str) or not value.strip() or re.search("[\ud800-\udfff]", value):
            raise self.wrong(key, "a text")
        return value

    def path(self, key: str) -> str:
        """Return the path of a file, which may contain non-text bytes; raise SourceError otherwise."""
        value = self.fields.get(key)
        if not isinstance(value, str) or not value:
            raise self.wrong(key, "a path")
        return value

    def length(self, key: str) -> int | None:
        """Return a number of pixels, or None if the field is missing or null; raise SourceError otherwise."""
        value = self.fields.get(key)
        if value is None:
            return None
        if type(value) not in (int, float) or not 0 < value < 2**31 or value != int(value):
            raise self.wrong(key, "an integer number of pixels")
        return int(value)

    def identity(self, key: str) -> int | str:
        """Return an id, which is a number or a string; "7" becomes 7. Raise SourceError otherwise."""
        value = self.fields.get(key)
        if isinstance(value, str) and re.fullmatch("-?[0-9]{1,18}", value):
            return int(value)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise self.wrong(key, "an id")
        return value

    def records(self, key: str) -> list["Record"]:
        """Return the objects of a list; raise SourceError if it is not a list of objects."""
        value = self.fields.get(key)
        if not isinstance(value, list):
            raise self.wrong(key, "a list of objects")
        return [Record.make(entry, f"{self.place}: {key}[{i}]") for i, entry in enumerate(value)]
