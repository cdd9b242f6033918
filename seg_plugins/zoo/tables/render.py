"""A table as Markdown, CSV and LaTeX."""

import csv
import io
import os
from collections.abc import Callable, Container
from pathlib import Path

from seg_plugins.files.tables import spreadsheet_text

from .table import Line, Table

__all__ = [
    "WORDS",
    "columns",
    "count",
    "is_link",
    "markdown_grid",
    "render_csv",
    "render_latex",
    "render_markdown",
]

Column = tuple[str, Callable[[Line], str]]
WORDS = {"model", "data", "published"}


def count(number: float | None, unit: float, digits: int) -> str:
    """Format a number in a unit; None becomes a dash.

    >>> count(31_040_000, 1e6, 2), count(None, 1e6, 2)
    ('31.04', '-')
    """
    return "-" if not number else f"{number / unit:.{digits}f}"


def _measure(name: str, unit: float, digits: int) -> Callable[[Line], str]:
    return lambda line: count(line.measures[name].mean if name in line.measures else None, unit, digits)


def _metric(name: str) -> Callable[[Line], str]:
    return lambda line: line.metrics[name].text() if name in line.metrics else "-"


def _difference(line: Line) -> str:
    return "-" if line.difference is None else f"{line.difference:+.1f}"


def columns(table: Table) -> list[Column]:
    """Return the columns that Markdown and LaTeX show, beside model and published figure."""
    memory = "GPU memory, GiB" if _on_gpu(table) else "memory, GiB"
    known: dict[str, Column] = {
        "parameters": ("parameters, M", lambda line: count(line.parameters, 1e6, 2)),
        "flops": ("GFLOPs", lambda line: count(line.flops, 1e9, 2)),
        "speed": ("images/s", _measure("images_per_second", 1, 1)),
        "memory": (memory, _measure("memory_mib", 1024, 2)),
        "minutes": ("minutes", _measure("wall_seconds", 60, 1)),
    }
    found = [("data", lambda line: line.model.data)] if len(table.suite.data) > 1 else []
    found += [known[name] for name in known if name in table.suite.columns]
    found += [(name, _metric(name)) for name in table.suite.metrics]
    found.append(("seeds", lambda line: line.state))
    return found


def _on_gpu(table: Table) -> bool:
    records = [record for line in table.lines for record in line.records.values()]
    return any(record.get("memory_kind") == "gpu" for record in records)


def markdown_grid(head: list[str], body: list[list[str]], words: Container[str] = WORDS) -> str:
    """Render a table in Markdown; all columns but those of `words` are right-aligned."""
    right = [name not in words for name in head]
    rows = [head, ["---:" if r else "---" for r in right], *body]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in rows)


def render_markdown(
    table: Table, config_of: Callable[[str], Path] = Path("configs").joinpath, folder: Path = Path()
) -> str:
    """Render Markdown with links to configs, and a caption on how the figures were measured.

    Args:
        table: The table.
        config_of: Function that returns the file of a config that the suite names.
        folder: The folder of the file that holds the table; links are relative to it.
    """
    shown = columns(table)
    head = ["model", *(name for name, _ in shown)]
    if table.has_published:
        head += ["published", "difference"]
    body = []
    for line in table.lines:
        link = os.path.relpath(config_of(line.model.config), folder)
        cells = [f"[{line.model.name}]({link})", *(cell(line) for _, cell in shown)]
        if table.has_published:
            cells += [_published_markdown(line), _difference(line)]
        body.append(cells)
    return f"{markdown_grid(head, body)}\n\n{caption(table)}"


def is_link(source: str) -> bool:
    """Test whether a source is a web address; an address of a script is not."""
    return source.startswith(("https://", "http://"))


def _published_markdown(line: Line) -> str:
    figure = line.model.published
    if figure is None:
        return "-"
    source = (
        f"[{figure.protocol}]({figure.source})"
        if is_link(figure.source)
        else f"{figure.protocol}; {figure.source}"
    )
    return f"{figure.value:g} {figure.metric}, {source}"


def caption(table: Table) -> str:
    """Return the caption of a table: seeds, machine, precision, commits."""
    suite = table.suite
    ran = sum(len(line.records) for line in table.lines)
    planned = sum(len(line.model.seeds) for line in table.lines)
    parts = [f"{suite.title}: {ran} of {planned} runs."]
    if ran:
        if any(len(line.records) > 1 for line in table.lines):
            parts.append("Mean ± standard deviation over seeds.")
        parts.append(f"Measured on {'; '.join(table.machines)}.")
        if table.precisions:
            parts.append(f"Precision {', '.join(table.precisions)}.")
        parts.append(f"Commit {', '.join(table.commits)}.")
    outside = [line.model.name for line in table.lines if line.in_band is False]
    if outside:
        parts.append(f"Outside the expected band: {', '.join(outside)}.")
    if suite.note:
        parts.append(suite.note)
    return " ".join(parts)


def render_csv(table: Table) -> str:
    """Render one line per run without rounding, for other programs."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    extra = ("images_per_second", "memory_mib", "wall_seconds", "parameters", "flops", "precision")
    tail = ("config_hash", "commit", "checkpoint_sha256")
    writer.writerow(["suite", "config", "seed", *table.suite.metrics, *extra, *tail])
    for line in table.lines:
        for seed, record in sorted(line.records.items()):
            figures = [record["metrics"].get(name, "") for name in table.suite.metrics]
            rest = ["" if record.get(key) is None else record[key] for key in (*extra, *tail)]
            words = spreadsheet_text(table.suite.name), spreadsheet_text(line.model.config)
            writer.writerow([*words, seed, *figures, *rest])
    return out.getvalue()


def _tex(text: str) -> str:
    for mark in "\\&%$#_{}":
        text = text.replace(mark, "\\textbackslash{}" if mark == "\\" else f"\\{mark}")
    return text.replace(" ± ", " $\\pm$ ")


def render_latex(table: Table) -> str:
    """Render a `tabular` with booktabs rules."""
    shown = columns(table)
    head = ["model", *(name for name, _ in shown)]
    if table.has_published:
        head += ["published", "difference"]
    lines = [
        f"\\begin{{tabular}}{{{''.join('l' if name in ('model', 'data') else 'r' for name in head)}}}",
        "\\toprule",
        " & ".join(map(_tex, head)) + " \\\\",
        "\\midrule",
    ]
    for line in table.lines:
        cells = [line.model.name, *(cell(line) for _, cell in shown)]
        if table.has_published:
            figure = line.model.published
            cells += [f"{figure.value:g}" if figure else "-", _difference(line)]
        lines.append(" & ".join(map(_tex, cells)) + " \\\\")
    return "\n".join([*lines, "\\bottomrule", "\\end{tabular}"]) + "\n"
