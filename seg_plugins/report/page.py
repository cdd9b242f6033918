"""Pages that open without a network: pictures are embedded, tables sort on a click."""

import base64
import html
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

import numpy as np

__all__ = ["cards", "figure", "metric_table", "page", "section", "table"]

_ASSETS = files("seg_plugins.report") / "assets"


def page(title: str, about: dict[str, str], parts: Sequence[str]) -> str:
    """A whole page.

    Args:
        title: Heading.
        about: Small print under it, by label.
        parts: HTML of the sections.

    Returns:
        HTML without a reference to any other file.
    """
    style, script = ((_ASSETS / f"page.{kind}").read_text(encoding="utf-8") for kind in ("css", "js"))
    small = "".join(f"<div><b>{html.escape(k)}</b> {html.escape(v)}</div>" for k, v in about.items())
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width,initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{style}</style></head><body><main>"
        f'<h1>{html.escape(title)}</h1><div class="soft">{small}</div>{"".join(parts)}'
        f"</main><script>{script}</script></body></html>"
    )


def section(title: str, *parts: str, note: str = "", kind: str = "") -> str:
    """A titled box; parts are HTML, the note is text."""
    small = f'<p class="soft">{html.escape(note)}</p>' if note else ""
    return f'<section class="{kind}"><h2>{html.escape(title)}</h2>{small}{"".join(parts)}</section>'


def cards(values: dict[str, str]) -> str:
    """Headline figures: label below, value above."""
    items = (
        f'<div class="card"><b>{html.escape(v)}</b><span>{html.escape(k)}</span></div>'
        for k, v in values.items()
    )
    return f'<div class="cards">{"".join(items)}</div>'


def figure(picture: bytes, caption: str = "", kind: str = "png", alt: str = "") -> str:
    """An embedded picture."""
    data = base64.b64encode(picture).decode()
    text = f"<figcaption>{html.escape(caption)}</figcaption>" if caption else ""
    image = f'<img alt="{html.escape(alt or caption)}" src="data:image/{kind};base64,{data}">'
    return f"<figure>{text}{image}</figure>"


def table(
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    colours: np.ndarray | None = None,
    signed: Sequence[int] = (),
) -> str:
    """A sortable table.

    Args:
        header: Column titles.
        rows: Cells; numbers are shown with two decimals (integers as they are) and sort as numbers, nan as
            a dash.
        colours: (rows, 3) RGB for a swatch before the first cell.
        signed: Columns with differences: shown with sign, green above and red below 0.

    Returns:
        HTML.
    """
    head = "".join(f'<th scope="col"><button type="button">{html.escape(h)}</button></th>' for h in header)
    body = []
    for number, row in enumerate(rows):
        cells = [_cell(value, i in signed) for i, value in enumerate(row)]
        if colours is not None:
            colour = ",".join(str(int(c)) for c in colours[number])
            cells[0] = cells[0].replace(
                "<td>", f'<td><i class="swatch" style="background:rgb({colour})"></i>', 1
            )
        body.append(f"<tr>{''.join(cells)}</tr>")
    rows_html = f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody>"
    return f'<div class="scroll"><table>{rows_html}</table></div>'


SENTENCE = 30  # characters; longer text is wrapped and starts on the left


def _cell(value: Any, signed: bool) -> str:
    if isinstance(value, str):
        sentence = ' class="sentence"' if len(value) > SENTENCE else ""
        return f"<td{sentence}>{html.escape(value)}</td>"
    if isinstance(value, float | np.floating) and not np.isfinite(value):
        return '<td data-v="">&ndash;</td>'
    shown = (
        f"{value:,}" if isinstance(value, int | np.integer) else f"{value:+.2f}" if signed else f"{value:.2f}"
    )
    kind = f' class="{"up" if value > 0 else "down"}"' if signed and abs(value) >= 0.005 else ""
    return f'<td{kind} data-v="{float(value)!r}">{shown}</td>'


def metric_table(metrics: dict[str, Any]) -> str:
    """All results of the evaluators that are not per class."""
    rows = [(k, v) for k, v in metrics.items() if isinstance(v, int | float) and "." not in k]
    rows += [(k, ", ".join(map(str, v))) for k, v in metrics.items() if isinstance(v, list | tuple)]
    return table(["metric", "value"], rows)
