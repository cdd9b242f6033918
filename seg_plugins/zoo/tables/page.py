"""A table as one HTML file: sortable, with bars, figures per class, curves of every run and pictures."""

from collections.abc import Callable, Sequence
from html import escape
from pathlib import Path

from seg_plugins.report.page import figure, number_cell, page, section, sorted_table

from ..suites.model import Model
from .curve_chart import curve_chart
from .grid import first_number
from .render import WORDS, caption, columns, is_link
from .table import Line, Spread, Table

__all__ = ["render_table_page"]


def _overview(table: Table) -> str:
    shown = columns(table)
    texts = [[cell(line) for _, cell in shown] for line in table.lines]
    tops = [max((first_number(row[i]) or 0.0 for row in texts), default=0.0) for i in range(len(shown))]
    head = ["model", *(name for name, _ in shown)]
    if table.has_published:
        head += ["published", "difference"]
    body = []
    for line, row in zip(table.lines, texts, strict=True):
        name_cell = f'<a href="#{escape(line.model.line)}">{escape(line.model.name)}</a>'
        cells = [f'<td class="text">{name_cell}</td>']
        for (name, _), text, top in zip(shown, row, tops, strict=True):
            if name in WORDS:
                cells.append(f'<td class="text">{escape(text)}</td>')
                continue
            value = first_number(text)
            share = value / top if value is not None and top > 0 and name != "seeds" else None
            kinds = ["bar"] * (share is not None)
            kinds += ["outside"] * (name == table.suite.metrics[0] and line.in_band is False)
            style = "" if share is None else f"--w:{100 * share:.0f}%"
            cells.append(number_cell(escape(text), value, " ".join(kinds), style))
        if table.has_published:
            value = line.difference
            cells += [_published(line), number_cell("-" if value is None else f"{value:+.1f}", value)]
        body.append(cells)
    return sorted_table(head, body, [i for i, name in enumerate(head) if name in WORDS])


def _published(line: Line) -> str:
    published = line.model.published
    if published is None:
        return number_cell("-", None)
    source = escape(published.source, quote=True)
    link = f'<a href="{source}">source</a>' if is_link(published.source) else source
    small = f"<small>{escape(published.protocol)}, {link}</small>"
    text = f"{published.value:g} {escape(published.metric)}<br>{small}"
    return number_cell(text, published.value, "sentence")


def _curves(line: Line, name: str) -> str:
    records = sorted(line.records.items())
    return curve_chart([(seed, record.get("curve", {}).get(name, [])) for seed, record in records], name)


def _picture(path: Path, name: str) -> str:
    return figure(path.read_bytes(), kind="jpeg", alt=f"prediction of {name}") if path.is_file() else ""


def _classes(table: Table, order_of: Callable[[Model], Sequence[str]]) -> str:
    """Render the IoU of each class: mean and standard deviation over seeds, one row per model."""
    names: dict[str, None] = {}
    rows = []
    for line in table.lines:
        found: dict[str, list[float]] = {}
        for record in line.records.values():
            for name, value in record.get("classes", {}).get("IoU", {}).items():
                found.setdefault(name, []).append(value)
        rows.append((line.model.name, {name: Spread.of(values) for name, values in found.items()}))
        if found:
            order = [name for name in order_of(line.model) if name in found]
            names |= dict.fromkeys([*order, *found])
    if not names:
        return ""
    body = [
        [f'<td class="text">{escape(model)}</td>', *(_heat(spreads.get(name)) for name in names)]
        for model, spreads in rows
    ]
    note = "In the order of the data set. The fuller the blue, the higher the IoU."
    return section("IoU per class", sorted_table(["model", *names], body, [0]), note=note)


def _heat(spread: Spread | None) -> str:
    if spread is None:
        return number_cell("-", None)
    more = "" if spread.sd is None else f"<br><small>± {spread.sd:.1f}</small>"
    strength = 0.6 * min(max(spread.mean, 0), 100)
    return number_cell(f"{spread.mean:.1f}{more}", spread.mean, "heat", f"--w:{strength:.0f}%")


def render_table_page(
    table: Table,
    picture_of: Callable[[str], Path],
    order_of: Callable[[Model], Sequence[str]] = lambda model: (),
) -> str:
    """Render the page, which needs no other file and no network.

    Args:
        table: The table.
        picture_of: Gives the JPEG of a line by its name; missing ones are left out.
        order_of: Gives the classes of a model's data set in their order.
    """
    sections = []
    for line in table.lines:
        figures = _curves(line, "loss") + _curves(line, "mIoU")
        picture = _picture(picture_of(line.model.line), line.model.name)
        config = f'<p class="soft">{escape(line.model.config)}{"" if line.records else "<br>not run"}</p>'
        head = f"<h3>{escape(line.model.name)}</h3>{config}"
        sections.append(f'<section id="{escape(line.model.line)}">{head}{picture}{figures}</section>')
    about = caption(table).removeprefix(f"{table.suite.title}: ")
    parts = [
        section("Models", _overview(table), note=about),
        _classes(table, order_of),
        section("Curves and predictions", f'<div class="models">{"".join(sections)}</div>'),
    ]
    return page(table.suite.title, {}, parts)
