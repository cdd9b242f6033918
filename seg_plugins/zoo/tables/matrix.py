"""One figure of several suites in one table: a row per method, a column per data set."""

import fnmatch
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from ..suites.layout import Layout
from ..suites.record import read_records
from ..suites.suite import load_suite
from .grid import Grid
from .render import caption
from .table import Line, Table, build_table

__all__ = ["matrix_grid"]


def _tables(layout: Layout, raw: Mapping[str, Any]) -> list[Table]:
    """Build the suites' tables, with only the lines that the matrix shows."""
    found = []
    for name in raw["suites"]:
        suite = load_suite(layout, name)
        shown = tuple(m for m in suite.models if any(fnmatch.fnmatch(m.name, p) for p in raw["rows"]))
        if shown:
            found.append(build_table(replace(suite, models=shown), read_records(layout.results(name))))
    if not found:
        raise ValueError(f"no model of {', '.join(raw['suites'])} is called {' or '.join(raw['rows'])}")
    return found


def matrix_grid(layout: Layout, raw: Mapping[str, Any]) -> Grid:
    """Make the table; each figure comes with its config.

    Args:
        layout: The checkout.
        raw: `title`, `suites`, `rows` (patterns of models' names, in order), `metric` and optionally `note`.

    Raises:
        ValueError: Two suites of one data set have a line of the same name, or no line matches.
    """
    tables = _tables(layout, raw)
    cells: dict[tuple[str, str], Line] = {}
    for table in tables:
        for line in table.lines:
            other = cells.setdefault((line.model.name, line.model.data), line)
            if other is not line:
                raise ValueError(f"suite {table.suite.name}: {line.model.name} is in another suite too")
    data = list(dict.fromkeys(line.model.data for table in tables for line in table.lines))
    names = sorted({name for name, _ in cells}, key=lambda name: (_place(name, raw["rows"]), name))
    rows = []
    for name in names:
        found = [cells.get((name, column)) for column in data]
        rows.append([(name, None), *(_cell(line, raw["metric"], layout.config) for line in found)])
    return Grid(raw["title"], ["model", *data], rows, ("model",), caption(_joined(raw, tables)))


def _place(name: str, patterns: list[str]) -> int:
    return next(i for i, pattern in enumerate(patterns) if fnmatch.fnmatch(name, pattern))


def _cell(line: Line | None, metric: str, config_of: Callable[[str], Path]) -> tuple[str, Path | None]:
    if line is None:
        return "", None
    text = line.metrics[metric].text() if metric in line.metrics else "not run"
    return text, config_of(line.model.config)


def _joined(raw: Mapping[str, Any], tables: list[Table]) -> Table:
    """Join all lines into one table, for the caption."""
    words = {
        name: sorted({word for table in tables for word in getattr(table, name)})
        for name in ("machines", "precisions", "commits")
    }
    suite = replace(tables[0].suite, title=raw["title"], note=raw.get("note", ""))
    return Table(suite, [line for table in tables for line in table.lines], **words)
