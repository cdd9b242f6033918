"""Pages that open without a network: images are embedded, tables sort on a click."""

import base64
import html
from collections.abc import Collection, Sequence
from importlib.resources import files
from typing import Any
from urllib.parse import quote

import numpy as np

__all__ = [
    "cards",
    "escaped",
    "figure",
    "grid",
    "legend",
    "metric_table",
    "number_cell",
    "page",
    "section",
    "sorted_table",
    "table",
    "tiles",
]

_ASSETS = files("seg_plugins.report") / "assets"


def page(title: str, about: dict[str, str], parts: Sequence[str], links: dict[str, str] | None = None) -> str:
    """Render a complete page, for light and dark screens of any width.

    Args:
        title: Heading.
        about: Facts below the heading, by label.
        parts: HTML of the sections.
        links: Folders and files beside the page, by label: paths relative to its folder, with slashes.

    Returns:
        HTML without a reference to any other file.
    """
    style, script = ((_ASSETS / f"page.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    small = "".join(f"<div><b>{escaped(k)}</b> {escaped(v)}</div>" for k, v in about.items())
    for label, place in (links or {}).items():
        address = quote(f"./{place}", errors="surrogateescape")
        small += f'<div><b>{html.escape(label)}</b> <a href="{address}">{escaped(place)}</a></div>'
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{style}</style></head><body><main>"
        f'<h1>{html.escape(title)}</h1><div class="soft">{small}</div>{"".join(parts)}'
        f"</main><script>{script}</script></body></html>"
    )


def escaped(text: str) -> str:
    """Escape text as HTML, including bytes of a name that are not UTF-8."""
    return html.escape(text.encode(errors="backslashreplace").decode())


def section(title: str, *parts: str, note: str = "", kind: str = "") -> str:
    """Render a titled box; parts are HTML, the note is text."""
    small = f'<p class="soft">{html.escape(note)}</p>' if note else ""
    return f'<section class="{kind}"><h2>{html.escape(title)}</h2>{small}{"".join(parts)}</section>'


def cards(values: dict[str, str], notes: dict[str, str] | None = None) -> str:
    """Render headline figures: label above the value, optionally a note below."""
    notes = notes or {}
    items = (
        f'<div class="card"><span>{html.escape(k)}</span><b>{html.escape(v)}</b>'
        f"<span>{html.escape(notes.get(k, ''))}</span></div>"
        for k, v in values.items()
    )
    return f'<div class="cards">{"".join(items)}</div>'


def figure(picture: bytes, caption: str = "", kind: str = "png", alt: str = "") -> str:
    """Embed an image that a click enlarges; a PNG is a chart, and dark screens darken it."""
    data = base64.b64encode(picture).decode()
    text = f"<figcaption>{escaped(caption)}</figcaption>" if caption else ""
    chart = ' class="chart"' if kind == "png" else ""
    image = f'<img{chart} alt="{escaped(alt or caption)}" src="data:image/{kind};base64,{data}">'
    return f"<figure>{text}{image}</figure>"


def tiles(pictures: Sequence[str]) -> str:
    """Arrange figures side by side, on a phone two in a row."""
    return f'<div class="tiles" style="--n:{len(pictures)}">{"".join(pictures)}</div>'


def grid(pictures: Sequence[str]) -> str:
    """Arrange figures in as many columns as fit."""
    return f'<div class="grid">{"".join(pictures)}</div>'


def legend(names: Sequence[str], colours: Sequence[Sequence[int]] | np.ndarray) -> str:
    """Render the colour of each class."""
    entries = (f"<span>{_swatch(c)}{html.escape(n)}</span>" for n, c in zip(names, colours, strict=True))
    return f'<div class="legend">{"".join(entries)}</div>'


def _swatch(colour: Sequence[int] | np.ndarray) -> str:
    return f'<i class="swatch" style="background:rgb({",".join(str(int(c)) for c in colour)})"></i>'


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    colours: np.ndarray | None = None,
    signed: Sequence[int] = (),
) -> str:
    """Render a sortable table.

    Args:
        header: Column titles.
        rows: Cells; numbers are shown with two decimals (integers unchanged) and sort as numbers, nan as
            a dash.
        colours: (rows, 3) RGB for a swatch before the first cell.
        signed: Columns of differences: shown with a sign, in different colours above and below 0.

    Returns:
        HTML.
    """
    words = [i for i in range(len(header)) if any(isinstance(row[i], str) for row in rows)]
    body = []
    for number, row in enumerate(rows):
        cells = [_cell(value, i in signed) for i, value in enumerate(row)]
        if colours is not None:
            cells[0] = cells[0].replace(">", f">{_swatch(colours[number])}", 1)
        body.append(cells)
    return sorted_table(header, body, words)


def sorted_table(header: Sequence[str], body: Sequence[Sequence[str]], words: Collection[int] = ()) -> str:
    """Render a sortable table of cells that are HTML.

    Args:
        header: Column titles.
        body: The cells of each row, each a `td` element.
        words: Columns that hold text and start on the left.
    """
    head = "".join(
        f'<th scope="col"{_TEXT * (i in words)}><button type="button">{html.escape(h)}</button></th>'
        for i, h in enumerate(header)
    )
    rows = "".join(f"<tr>{''.join(cells)}</tr>" for cells in body)
    return f'<div class="scroll"><table><thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def number_cell(shown: str, value: float | None, kind: str = "", style: str = "") -> str:
    """Render a cell that sorts as a number.

    Args:
        shown: HTML of the cell.
        value: The number; None sorts last.
        kind: Classes of the element.
        style: Its style.
    """
    more = f' class="{kind}"' * bool(kind) + f' style="{style}"' * bool(style)
    return f'<td{more} data-v="{"" if value is None else format(value, ".10g")}">{shown}</td>'


_TEXT = ' class="text"'
SENTENCE = 30  # characters; longer text is wrapped and starts on the left


def _cell(value: Any, signed: bool) -> str:
    if isinstance(value, str):
        kind = "sentence" if len(value) > SENTENCE else "text"
        return f'<td class="{kind}">{escaped(value)}</td>'
    if isinstance(value, float | np.floating) and not np.isfinite(value):
        return '<td data-v="">&ndash;</td>'
    shown = (
        f"{value:,}" if isinstance(value, int | np.integer) else f"{value:+.2f}" if signed else f"{value:.2f}"
    )
    kind = f' class="{"up" if value > 0 else "down"}"' if signed and abs(value) >= 0.005 else ""
    return f'<td{kind} data-v="{float(value)!r}">{shown}</td>'


def metric_table(metrics: dict[str, Any]) -> str:
    """Render all results of the evaluators that are not per class."""
    rows = [(k, v) for k, v in metrics.items() if isinstance(v, int | float) and "." not in k]
    rows += [(k, ", ".join(map(str, v))) for k, v in metrics.items() if isinstance(v, list | tuple)]
    return table(["metric", "value"], rows)
