"""Overrides of a suite as command line words with exactly the same values."""

from collections.abc import Mapping
from typing import Any

from seg_plugins.config.option_values import parse_value

__all__ = ["option_words"]


def spellings(value: Any) -> list[str]:
    """Return the ways to write a value; the first that is read back as the same value is used."""
    text = str(value)
    quoted = [f'"{text}"', f"'{text}'"] if isinstance(value, str) else []
    return [text, text.replace(" ", ""), repr(value), *quoted]


def is_same(value: Any, other: Any) -> bool:
    """Test whether two values are equal, including types and order of keys; a tuple does not equal a list."""
    return repr(value) == repr(other)


def option_words(options: Mapping[str, Any]) -> list[str]:
    """Write options as `--cfg-options` expects them.

    Args:
        options: Values by dotted key.

    Raises:
        ValueError: A value cannot be written such that it is read back unchanged.
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
                f"option {key}: {value!r} cannot be written for --cfg-options: set it in a separate config"
            )
    return words
