"""Reads annotation files whose every field is checked before it is used."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ..converter import SourceError

__all__ = ["Record", "numbers", "read_json", "shortened"]


def shortened(value: Any, length: int = 40) -> str:
    """Returns a value as a message may show it: on one line, not longer than `length` characters.

    >>> shortened([1] * 1000, 9)
    '[1, 1, ...'
    """
    text = ascii(value)
    return text if len(text) <= length else text[: length - 2] + "..."


def read_json(path: Path) -> Any:
    """Reads a JSON file of any Unicode encoding, with or without byte order mark.

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
    """Checks a list of finite numbers.

    Args:
        value: What the file holds.
        place: Where in which file, for the message.

    Returns:
        (N,) float64.

    Raises:
        SourceError: If it is something else.
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
        fields: What it holds.
        place: Where in which file it stands, for messages.
    """

    fields: dict[str, Any]
    place: str

    @classmethod
    def make(cls, value: Any, place: str) -> "Record":
        """Makes a record of a value of the file; raises SourceError if it is no object."""
        if not isinstance(value, dict):
            raise SourceError(f"{place} is {shortened(value)}: it should be an object with fields")
        return cls(value, place)

    def wrong(self, key: str, wanted: str) -> SourceError:
        """Returns the error that a field is missing or is not what it should be."""
        if key not in self.fields:
            return SourceError(f"{self.place} has no {key!r}: it should be {wanted}")
        return SourceError(f"{self.place}: {key!r} is {shortened(self.fields[key])}: it should be {wanted}")

    def text(self, key: str) -> str:
        """Returns a text; raises SourceError if it is blank or holds half a character (a lone surrogate)."""
        value = self.fields.get(key)
        if not isinstance(value, str) or not value.strip() or re.search("[\ud800-\udfff]", value):
            raise self.wrong(key, "a text")
        return value

    def path(self, key: str) -> str:
        """Returns the path of a file, which may hold bytes that are no text; raises SourceError."""
        value = self.fields.get(key)
        if not isinstance(value, str) or not value:
            raise self.wrong(key, "a path")
        return value

    def length(self, key: str) -> int | None:
        """Returns a number of pixels, or None if the field is missing or null; raises SourceError."""
        value = self.fields.get(key)
        if value is None:
            return None
        if type(value) not in (int, float) or not 0 < value < 2**31 or value != int(value):
            raise self.wrong(key, "a whole number of pixels")
        return int(value)

    def identity(self, key: str) -> int | str:
        """Returns an id, which may be a number or a text; "7" is 7. Raises SourceError."""
        value = self.fields.get(key)
        if isinstance(value, str) and re.fullmatch("-?[0-9]{1,18}", value):
            return int(value)
        if isinstance(value, float) and value.is_integer():
            return int(value)
        if isinstance(value, bool) or not isinstance(value, int | str):
            raise self.wrong(key, "an id")
        return value

    def records(self, key: str) -> list["Record"]:
        """Returns the objects of a list; raises SourceError if it is none."""
        value = self.fields.get(key)
        if not isinstance(value, list):
            raise self.wrong(key, "a list of objects")
        return [Record.make(entry, f"{self.place}: {key}[{i}]") for i, entry in enumerate(value)]
