"""Overrides of a suite as words of a command line, which say exactly what the suite says."""

from collections.abc import Mapping
from typing import Any

from seg_plugins.config.option_values import parse_value

__all__ = ["option_words"]


def spellings(value: Any) -> list[str]:
    """Ways to write a value; the first that is read back as the same is taken."""
    text = str(value)
    quoted = [f'"{text}"', f"'{text}'"] if isinstance(value, str) else []
    return [text, text.replace(" ", ""), repr(value), *quoted]


def is_same(value: Any, other: Any) -> bool:
    """Whether two values are equal, types and order of keys included; a tuple is no list."""
    return repr(value) == repr(other)


def option_words(options: Mapping[str, Any]) -> list[str]:
    """Options as `--cfg-options` takes them.

    Args:
        options: Values by dotted key.

    Raises:
        ValueError: A value cannot be written so that it is read back as it is.
    """
    words = []
    for key, value in options.items():
        for text in spellings(value):
            try:
                read = parse_value(text)
            except ValueError:
                continue
            if is_same(read, value):
                words.append(f"{key}={text}")
                break
        else:
            raise ValueError(
                f"option {key}: {value!r} cannot be written for --cfg-options: put it into a config of "
                "its own"
            )
    return words
