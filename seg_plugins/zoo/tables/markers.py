"""Tables in pages: the program writes the text between markers."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from seg_plugins.files.atomic import write_text

from ..suites.layout import Layout

__all__ = ["Marker", "find_markers", "marked_files", "write_between"]

OPEN = re.compile(r"<!--\s*table:(?P<suite>[\w.-]+)(?P<options>(?:\s+\w+=[\w./-]+)*)\s*-->")
CLOSE = "<!-- /table -->"
OPTIONS = {"algo"}


@dataclass(frozen=True)
class Marker:
    """A marked part of a file.

    Attributes:
        path: The file.
        suite: The suite of the table.
        options: `algo=NAME` restricts it to one config folder.
        start: Index where the text between the markers begins.
        end: Index where it ends.
        text: The text between the markers.
    """

    path: Path
    suite: str
    options: dict[str, str]
    start: int
    end: int
    text: str


def marked_files(layout: Layout) -> list[Path]:
    """Return all files that may hold tables: the top README and pages of `configs/`; none for user suites."""
    if layout.own:
        return []
    return [p for p in (layout.root / "README.md", *sorted(layout.configs.rglob("*.md"))) if p.is_file()]


def find_markers(path: Path) -> list[Marker]:
    """Find the marked parts of a file, in order.

    Raises:
        ValueError: A marker is not closed, or has an unknown option.
    """
    content = path.read_text()
    found = []
    for match in OPEN.finditer(content):
        line = content.count("\n", 0, match.start()) + 1
        end = content.find(CLOSE, match.end())
        following = OPEN.search(content, match.end())
        if end < 0 or (following and following.start() < end):
            raise ValueError(f"{path}:{line}: the table of {match['suite']} has no {CLOSE}")
        options = dict(word.split("=", 1) for word in match["options"].split())
        for key in options:
            if key not in OPTIONS:
                raise ValueError(f"{path}:{line}: unknown option {key!r} in a table marker; known: algo")
        found.append(Marker(path, match["suite"], options, match.end(), end, content[match.end() : end]))
    return found


def write_between(path: Path, texts: Iterable[tuple[Marker, str]]) -> bool:
    """Write new text between markers.

    Args:
        path: The file.
        texts: Markers of that file, as just found, with their new text.

    Returns:
        Whether the file changed.
    """
    content = before = path.read_text()
    for marker, text in sorted(texts, key=lambda pair: -pair[0].start):
        content = content[: marker.start] + framed(text) + content[marker.end :]
    if content != before:
        write_text(path, content)
    return content != before


def framed(text: str) -> str:
    """Frame a table with its markers' line breaks."""
    return f"\n{text.strip()}\n"
