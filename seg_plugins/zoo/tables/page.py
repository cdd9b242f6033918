"""A table as one HTML file: sortable, with bars, figures per class, curves of every run and pictures."""

import base64
from collections.abc import Callable
from html import escape
from itertools import cycle
from math import isfinite
from pathlib import Path

from .render import caption, columns, is_link
from .table import Line, Spread, Table

__all__ = ["render_table_page"]

WIDTH, HEIGHT = 260, 90  # size of a curve, in pixels
COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f")
MOST_CURVES = 200  # per model
STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:1400px;padding:0 1rem;color:#222}
.wide{overflow-x:auto;margin:1rem 0}table{border-collapse:collapse;width:100%}
th,td{padding:.35rem .5rem;border-bottom:1px solid #ddd}
th{cursor:pointer;text-align:left;white-space:nowrap;background:#f5f5f5}th:after{content:" \\2195";color:#aaa}
th[aria-sort=descending]:after{content:" \\2193";color:#222}
th[aria-sort=ascending]:after{content:" \\2191";color:#222}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.bar{background:linear-gradient(90deg,#6baed6 var(--w),#eee var(--w)) 0 100%/100% 4px no-repeat}
td.p{min-width:15rem;line-height:1.2}.out{outline:2px solid #d62728;outline-offset:-2px}
.models{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:1rem}
.models section{border:1px solid #ddd;border-radius:6px;padding:.8rem}img{max-width:100%}svg{display:block}
h3{margin:0}small{color:#666;overflow-wrap:anywhere}figure{margin:.6rem 0 0}
.heat td+td{text-align:center;font-size:13px}
.heat th,.heat td{padding:.25rem .4rem}
"""
SCRIPT = """
document.querySelectorAll("table.sort th").forEach(th=>th.addEventListener("click",()=>{
const body=th.closest("table").tBodies[0],down=th.ariaSort!=="descending";
const key=r=>{const c=r.cells[th.cellIndex],v=c.dataset.v;return v===undefined?c.textContent:v===""?NaN:+v};
const order=(x,y)=>(down?-1:1)*(typeof x==="number"?x-y:x.localeCompare(y));
for(const other of th.parentNode.cells)other.removeAttribute("aria-sort");
th.ariaSort=down?"descending":"ascending";
const rows=[...body.rows],known=rows.filter(r=>key(r)===key(r)).sort((a,b)=>order(key(a),key(b)));
body.append(...known,...rows.filter(r=>!known.includes(r)));}));
"""


def _cell(text: str, value: float | None, share: float | None, outside: bool = False) -> str:
    classes = "n" + (" bar" if share is not None else "") + (" out" if outside else "")
    style = f' style="--w:{100 * share:.0f}%"' if share is not None else ""
    return f'<td class="{classes}" data-v="{_sortable(value)}"{style}>{escape(text)}</td>'


def _sortable(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"


def _number(text: str) -> float | None:
    try:
        return float(text.split()[0].replace("+", ""))
    except ValueError:
        return None


def _overview(table: Table) -> str:
    shown = columns(table)
    texts = [[cell(line) for _, cell in shown] for line in table.lines]
    tops = [max((_number(row[i]) or 0.0 for row in texts), default=0.0) for i in range(len(shown))]
    head = ["model", *(name for name, _ in shown)]
    if table.has_published:
        head += ["published", "difference"]
    body = []
    for line, row in zip(table.lines, texts, strict=True):
        cells = [f'<td><a href="#{escape(line.model.line)}">{escape(line.model.name)}</a></td>']
        for (name, _), text, top in zip(shown, row, tops, strict=True):
            value = _number(text)
            share = value / top if value is not None and top > 0 and name != "seeds" else None
            cells.append(_cell(text, value, share, name == table.suite.metrics[0] and line.in_band is False))
        if table.has_published:
            value = line.difference
            cells += [_published(line), _cell("-" if value is None else f"{value:+.1f}", value, None)]
        body.append(f"<tr>{''.join(cells)}</tr>")
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    return _sorted_table("sort", top, body)


def _sorted_table(classes: str, head: str, body: list[str]) -> str:
    rows = f"<thead><tr>{head}</tr></thead><tbody>{''.join(body)}</tbody>"
    return f'<div class="wide"><table class="{classes}">{rows}</table></div>'


def _published(line: Line) -> str:
    figure = line.model.published
    if figure is None:
        return '<td data-v="">-</td>'
    source = escape(figure.source, quote=True)
    link = f'<a href="{source}">source</a>' if is_link(figure.source) else source
    text = f"{figure.value:g} {escape(figure.metric)}<br><small>{escape(figure.protocol)}, {link}</small>"
    return f'<td class="p" data-v="{_sortable(figure.value)}">{text}</td>'


def _curves(line: Line, name: str) -> str:
    curves = [(seed, record.get("curve", {}).get(name, [])) for seed, record in sorted(line.records.items())]
    runs = [(seed, [p for p in curve if isfinite(p[1])]) for seed, curve in curves if curve]
    points = [p for _, run in runs for p in run]
    if len(points) < 2:
        return ""
    right = max(x for x, _ in points) or 1
    low, high = min(y for _, y in points), max(y for _, y in points)
    scale_x, scale_y = WIDTH / right, HEIGHT / ((high - low) or 1)
    drawn, legend = [f'<path d="M0 0V{HEIGHT}H{WIDTH}" fill="none" stroke="#ccc"/>'], []
    for (seed, run), colour in zip(runs[:MOST_CURVES], cycle(COLOURS), strict=False):
        path = [(x * scale_x, HEIGHT - (y - low) * scale_y) for x, y in run]
        title = f"<title>seed {seed}</title>"
        if len(path) == 1:
            spot = f'cx="{path[0][0]:.0f}" cy="{path[0][1]:.0f}"'
            drawn.append(f'<circle r="3" fill="{colour}" {spot}>{title}</circle>')
        else:
            corners = " ".join(f"{x:.0f},{y:.0f}" for x, y in path)
            drawn.append(f'<polyline fill="none" stroke="{colour}" points="{corners}">{title}</polyline>')
        legend.append(f'<span style="color:{colour}">&#9632;</span> seed {seed}')
    label = f"{escape(name)}, {low:.3g} to {high:.3g}, {right:g} iterations"
    if len(runs) > MOST_CURVES:
        label += f", first {MOST_CURVES} of {len(runs)} runs"
    box = f'<svg viewBox="-4 -4 {WIDTH + 8} {HEIGHT + 8}" width="{WIDTH}" role="img" aria-label="{label}">'
    seeds = f"<br>{' '.join(legend)}" if 1 < len(legend) <= len(COLOURS) else ""
    return f"<figure>{box}{''.join(drawn)}</svg><small>{label}{seeds}</small></figure>"


def _picture(path: Path, name: str) -> str:
    if not path.is_file():
        return ""
    data = base64.b64encode(path.read_bytes()).decode()
    return f'<img alt="prediction of {escape(name, quote=True)}" src="data:image/jpeg;base64,{data}">'


def _classes(table: Table) -> str:
    """Render IoU per class, mean and standard deviation over seeds, one row per model."""
    names: dict[str, None] = {}
    rows = []
    for line in table.lines:
        found: dict[str, list[float]] = {}
        for record in line.records.values():
            for name, value in record.get("classes", {}).get("IoU", {}).items():
                found.setdefault(name, []).append(value)
                names[name] = None
        rows.append((line.model.name, {name: Spread.of(values) for name, values in found.items()}))
    if not names:
        return ""
    head = "".join(f"<th>{escape(name)}</th>" for name in ["model", *names])
    body = [
        f"<tr><td>{escape(model)}</td>{''.join(_heat(spreads.get(name)) for name in names)}</tr>"
        for model, spreads in rows
    ]
    return f"<h2>IoU per class</h2>{_sorted_table('sort heat', head, body)}"


def _heat(spread: Spread | None) -> str:
    if spread is None:
        return '<td data-v="">-</td>'
    more = "" if spread.sd is None else f"<br><small>± {spread.sd:.1f}</small>"
    colour = f"hsl({spread.mean * 1.2:.0f} 70% 85%)"
    return f'<td data-v="{_sortable(spread.mean)}" style="background:{colour}">{spread.mean:.1f}{more}</td>'


def render_table_page(table: Table, picture_of: Callable[[str], Path]) -> str:
    """Render the page as one self-contained file, which needs no other file and no network.

    Args:
        table: The table.
        picture_of: Function that returns the path of a line's JPEG by name; a missing picture is left out.
    """
    sections = []
    for line in table.lines:
        figures = _curves(line, "loss") + _curves(line, "mIoU")
        picture = _picture(picture_of(line.model.line), line.model.name)
        config = f"<small>{escape(line.model.config)}{'' if line.records else '<br>not run'}</small>"
        head = f"<h3>{escape(line.model.name)}</h3>{config}"
        sections.append(f'<section id="{escape(line.model.line)}">{head}{picture}{figures}</section>')
    title = escape(table.suite.title)
    about = escape(caption(table).removeprefix(f"{table.suite.title}: "))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"<h1>{title}</h1><p>{about}</p>{_overview(table)}{_classes(table)}"
        f'<h2>Models</h2><div class="models">{"".join(sections)}</div>'
        f"<script>{SCRIPT}</script></body></html>\n"
    )
