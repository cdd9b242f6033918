"""A table of plain cells, as Markdown and as a page."""

import os
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path

from seg_plugins.report.page import SENTENCE, number_cell, page, section, sorted_table

from .render import markdown_grid

__all__ = ["Grid", "first_number", "render_grid_page"]

Cell = tuple[str, Path | None]


@dataclass(frozen=True)
class Grid:
    """A table whose cells are text, some with the config that they are of.

    Attributes:
        title: The heading of its page.
        head: The titles of the columns.
        rows: The cells: text, and a file or None.
        words: The columns that hold words; the others hold figures.
        note: The sentences below the table.
    """

    title: str
    head: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    words: Sequence[str]
    note: str

    def markdown(self, folder: Path) -> str:
        """Render Markdown.

        Args:
            folder: The folder of the file that holds the table; links are relative to it.
        """
        body = [
            [f"[{text}]({os.path.relpath(file, folder)})" if file else text for text, file in row]
            for row in self.rows
        ]
        return f"{markdown_grid(list(self.head), body, self.words)}\n\n{self.note}"


def render_grid_page(grid: Grid) -> str:
    """Render a page that needs no other file: figures sort as numbers, and the configs are not linked."""
    words = [i for i, name in enumerate(grid.head) if name in grid.words]
    body = [
        [
            f'<td class="{"sentence" if len(text) > SENTENCE else "text"}">{escape(text)}</td>'
            if i in words
            else number_cell(escape(text or "-"), first_number(text))
            for i, (text, _) in enumerate(row)
        ]
        for row in grid.rows
    ]
    return page(grid.title, {}, [section("Figures", sorted_table(grid.head, body, words), note=grid.note)])


def first_number(text: str) -> float | None:
    """Return the number that a text begins with, or None.

    >>> first_number("61.0 ± 1.4 (net_a)"), first_number("-")
    (61.0, None)
    """
    try:
        return float(text.split()[0].rstrip(";"))
    except (ValueError, IndexError):
        return None
