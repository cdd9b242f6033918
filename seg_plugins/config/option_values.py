"""Parser for the values of `--cfg-options`: upstream's notation plus Python's dictionaries and quotes."""

import os
from typing import Any

__all__ = ["parse_value"]

CLOSING = {"(": ")", "[": "]", "{": "}"}
QUOTES = "'\""
DEEPEST = 50


def split(text: str, separator: str) -> list[str]:
    """Split text at the separators outside brackets and quotes.

    A quote opens only at the start of a value, so an apostrophe within a word is a letter.

    Raises:
        ValueError: A bracket or quote is not closed.

    >>> split("a, (b, c), 'd, e', bob's", ",")
    ['a', ' (b, c)', " 'd, e'", " bob's"]
    """
    parts, start, expected, quote, before = [], 0, [], "", separator
    for index, letter in enumerate(text):
        if quote:
            if letter == quote and text[index - 1] != "\\":
                quote = ""
        elif letter in QUOTES and before in "([{,:=":
            quote = letter
        elif letter in CLOSING:
            expected.append(CLOSING[letter])
        elif letter in CLOSING.values():
            if not expected or expected.pop() != letter:
                raise ValueError(f"{letter!r} closes nothing")
        elif letter == separator and not expected:
            parts.append(text[start:index])
            start = index + 1
        if not letter.isspace():
            before = letter
    if quote or expected:
        raise ValueError(f"{quote or expected[-1]!r} is missing")
    return [*parts, text[start:]]


def encloses(text: str, opening: str) -> bool:
    """Return whether the first bracket of a balanced text, after `opening`, closes at the very end."""
    if not text.startswith(opening) or text[-1] != CLOSING[opening[-1]]:
        return False
    try:
        split(text[len(opening) : -1], ",")
    except ValueError:  # "(a) and (b)"
        return False
    return True


def items_of(text: str, separator: str = ",") -> list[str]:
    """Return the members of a list; empty for empty text. A trailing comma is allowed."""
    parts = [part.strip() for part in split(text, separator)]
    return parts if parts[-1] else parts[:-1]


def scalar(text: str) -> Any:
    """Parse a number, True, False or None; return any other text unchanged.

    >>> [scalar(text) for text in ("3", "1e-3", "true", "None", "none", "a b")]
    [3, 0.001, True, None, 'none', 'a b']
    """
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            pass
    plain = os.path.expanduser(text) if text.startswith("~/") else text
    return {"true": True, "false": False}.get(text.lower(), None if text == "None" else plain)


def unquoted(text: str) -> str | None:
    """Return the text between quotes, with escapes resolved, or None if it is not quoted."""
    if len(text) < 2 or text[0] not in QUOTES or text[-1] != text[0]:
        return None
    return text[1:-1].replace("\\" + text[0], text[0])


def members(text: str, separator: str, depth: int) -> dict[Any, Any]:
    """Parse the entries of a dictionary, given the text between its brackets."""
    found = {}
    for part in items_of(text):
        key, *rest = split(part, separator)
        if not rest:
            raise ValueError(f"{part} has no {separator!r}")
        key = key.strip()
        if separator == "=" and not key.isidentifier():
            raise ValueError(f"{key!r} is not a name")
        name = unquoted(key)
        found[scalar(key) if name is None else name] = single(separator.join(rest).strip(), depth)
    return found


def single(text: str, depth: int) -> Any:
    """Parse a value without commas outside brackets."""
    if depth > DEEPEST:
        raise ValueError(f"brackets are nested more than {DEEPEST} deep")
    if encloses(text, "("):
        return tuple(single(item, depth + 1) for item in items_of(text[1:-1]))
    if encloses(text, "["):
        return [single(item, depth + 1) for item in items_of(text[1:-1])]
    if encloses(text, "{"):
        return members(text[1:-1], ":", depth + 1)
    if encloses(text, "dict("):
        return members(text[5:-1], "=", depth + 1)
    quoted = unquoted(text)
    return scalar(text) if quoted is None else quoted


def parse_value(text: str) -> Any:
    """Parse the value of an option.

    Lists are `a,b` or `[a, b]`, tuples `(1, 2)`, dictionaries `dict(type=SGD, lr=0.1)` or `{'type': 'SGD'}`.
    Text needs quotes only if it holds commas or brackets, or looks like a number.

    Args:
        text: The part after `=`.

    Raises:
        ValueError: Brackets or quotes are not closed, or a dictionary has an entry without a key.

    >>> parse_value("[(1, 2), dict(type=SGD, lr=1e-3), 'a, b', /my data/set]")
    [(1, 2), {'type': 'SGD', 'lr': 0.001}, 'a, b', '/my data/set']
    """
    text = text.strip()
    if not text or not ("," in text or text[0] in QUOTES or text[0] in CLOSING or text.startswith("dict(")):
        return scalar(text)
    if len(split(text, ",")) > 1:
        return [single(item, 0) for item in items_of(text)]
    quoted = unquoted(text)
    if quoted is not None and quoted[:1] in CLOSING:  # a shell that passes quotes on
        return parse_value(quoted)
    return single(text, 0)
