"""A table as one HTML file: sortable, with bars, figures per class, curves of every run and pictures."""

import base64
from collections.abc import Callable
from html import escape
from pathlib import Path

from seg_plugins.zoo.render import caption, columns
from seg_plugins.zoo.table import Line, Table

__all__ = ["render_page"]

WIDTH, HEIGHT = 260, 90  # of a curve, pixels
COLOURS = ("#1f77b4", "#ff7f0e", "#2ca02c", "#d62728", "#9467bd", "#8c564b", "#e377c2", "#7f7f7f")
MOST_CURVES = 200  # of one model
STYLE = """
body{font:15px/1.45 system-ui,sans-serif;margin:2rem auto;max-width:1200px;padding:0 1rem;color:#222}
table{border-collapse:collapse;width:100%;margin:1rem 0}
th,td{padding:.35rem .6rem;border-bottom:1px solid #ddd}
th{cursor:pointer;text-align:left;white-space:nowrap;background:#f5f5f5}th:after{content:" \\2195";color:#aaa}
td.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap}
.bar{background:linear-gradient(90deg,#9ecae1 var(--w),transparent var(--w))}.out{outline:2px solid #d62728}
.models{display:grid;grid-template-columns:repeat(auto-fill,minmax(300px,1fr));gap:1rem}
.models section{border:1px solid #ddd;border-radius:6px;padding:.8rem}img{max-width:100%}svg{display:block}
small{color:#666}figure{margin:.4rem 0}.heat td{text-align:center;font-size:13px}
"""
SCRIPT = """
document.querySelectorAll("table.sort th").forEach((th,i)=>th.addEventListener("click",()=>{
const body=th.closest("table").tBodies[0],down=th.dataset.down=th.dataset.down==="1"?"0":"1";
const key=r=>{const c=r.cells[th.cellIndex];return c.dataset.v===undefined?c.textContent:+c.dataset.v};
[...body.rows].sort((a,b)=>{const x=key(a),y=key(b);
const d=typeof x==="number"&&typeof y==="number"?x-y:String(x).localeCompare(String(y));
return down==="1"?-d:d}).forEach(r=>body.append(r));}));
"""


def _cell(text: str, value: float | None, share: float | None, outside: bool = False) -> str:
    classes = "n" + (" bar" if share is not None else "") + (" out" if outside else "")
    style = f' style="--w:{100 * share:.0f}%"' if share is not None else ""
    return f'<td class="{classes}" data-v="{-1 if value is None else value:g}"{style}>{escape(text)}</td>'


def _number(text: str) -> float | None:
    try:
        return float(text.split()[0].replace("+", ""))
    except ValueError:
        return None


def _overview(table: Table) -> str:
    shown = columns(table)
    texts = [[cell(line) for _, cell in shown] for line in table.lines]
    tops = [max((_number(row[i]) or 0.0 for row in texts), default=0.0) for i in range(len(shown))]
    head = ["model", *(name for name, _ in shown), "published", "difference"]
    body = []
    for line, row in zip(table.lines, texts, strict=True):
        cells = [f'<td><a href="#{line.model.stem}">{escape(line.model.name)}</a></td>']
        for (name, _), text, top in zip(shown, row, tops, strict=True):
            value = _number(text)
            share = value / top if value is not None and top > 0 and name != "seeds" else None
            cells.append(_cell(text, value, share, name == table.suite.metrics[0] and line.in_band is False))
        figure = line.model.published
        cells.append(f"<td>{_published(line)}</td>")
        different = "-" if figure is None or line.difference is None else f"{line.difference:+.1f}"
        cells.append(_cell(different, line.difference, None))
        body.append(f"<tr>{''.join(cells)}</tr>")
    top = "".join(f"<th>{escape(name)}</th>" for name in head)
    return f'<table class="sort"><thead><tr>{top}</tr></thead><tbody>{"".join(body)}</tbody></table>'


def _published(line: Line) -> str:
    figure = line.model.published
    if figure is None:
        return "-"
    source = escape(figure.source, quote=True)
    link = f'<a href="{source}">source</a>' if "://" in source else source
    return f"{figure.value:g} {escape(figure.metric)}<br><small>{escape(figure.protocol)}, {link}</small>"


def _curves(line: Line, name: str) -> str:
    runs = [
        (seed, r["curve"][name]) for seed, r in sorted(line.records.items()) if name in r.get("curve", {})
    ]
    points = [p for _, run in runs for p in run]
    if len(points) < 2:
        return ""
    right = max(x for x, _ in points) or 1
    low, high = min(y for _, y in points), max(y for _, y in points)
    scale_x, scale_y = WIDTH / right, HEIGHT / ((high - low) or 1)
    drawn = []
    for number, (seed, run) in enumerate(runs[:MOST_CURVES]):
        path = " ".join(f"{x * scale_x:.0f},{HEIGHT - (y - low) * scale_y:.0f}" for x, y in run)
        colour = COLOURS[number % len(COLOURS)]
        shape = (
            f'<polyline fill="none" stroke="{colour}" points="{path}"><title>seed {seed}</title></polyline>'
        )
        dot = run[0] if len(run) == 1 else None
        if dot:
            x, y = dot[0] * scale_x, HEIGHT - (dot[1] - low) * scale_y
            shape = (
                f'<circle r="3" fill="{colour}" cx="{x:.0f}" cy="{y:.0f}"><title>seed {seed}</title></circle>'
            )
        drawn.append(shape)
    label = f"{escape(name)}, {low:g} to {high:g}, {right:g} iterations"
    if len(runs) > MOST_CURVES:
        label += f", first {MOST_CURVES} of {len(runs)} runs"
    box = f'<svg viewBox="-4 -4 {WIDTH + 8} {HEIGHT + 8}" width="{WIDTH}" role="img" aria-label="{label}">'
    return f"<figure>{box}{''.join(drawn)}</svg><small>{label}</small></figure>"


def _picture(path: Path, name: str) -> str:
    if not path.is_file():
        return ""
    data = base64.b64encode(path.read_bytes()).decode()
    return f'<img alt="prediction of {escape(name, quote=True)}" src="data:image/jpeg;base64,{data}">'


def _classes(table: Table) -> str:
    """IoU per class, mean over seeds, a line per model."""
    names: dict[str, None] = {}
    rows = []
    for line in table.lines:
        found: dict[str, list[float]] = {}
        for record in line.records.values():
            for name, value in record.get("classes", {}).get("IoU", {}).items():
                found.setdefault(name, []).append(value)
                names[name] = None
        rows.append((line.model.name, {name: sum(v) / len(v) for name, v in found.items()}))
    if not names:
        return ""
    head = "".join(f"<th>{escape(name)}</th>" for name in ["model", *names])
    body = []
    for model, means in rows:
        cells = [
            f'<td data-v="{means[name]:.2f}" style="background:hsl({means[name] * 1.2:.0f} 70% 85%)">'
            f"{means[name]:.1f}</td>"
            if name in means
            else '<td data-v="-1">-</td>'
            for name in names
        ]
        body.append(f"<tr><td>{escape(model)}</td>{''.join(cells)}</tr>")
    return (
        "<h2>IoU per class</h2>"
        f'<table class="sort heat"><thead><tr>{head}</tr></thead><tbody>{"".join(body)}</tbody></table>'
    )


def render_page(table: Table, picture_of: Callable[[str], Path]) -> str:
    """The page, self-contained: no other file and no network is needed to look at it.

    Args:
        table: The table.
        picture_of: Gives the JPEG of a model by its config's stem; one that is not there is left out.
    """
    sections = []
    for line in table.lines:
        figures = _curves(line, "loss") + _curves(line, "mIoU")
        picture = _picture(picture_of(line.model.stem), line.model.name)
        config = f"<small>configs/{escape(line.model.config)}</small>"
        head = f"<h3>{escape(line.model.name)}</h3>{config}"
        sections.append(f'<section id="{line.model.stem}">{head}{picture}{figures}</section>')
    title = escape(table.suite.title)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title>'
        f'<meta name="viewport" content="width=device-width"><style>{STYLE}</style></head><body>'
        f"<h1>{title}</h1><p>{escape(caption(table))}</p>{_overview(table)}{_classes(table)}"
        f'<h2>Models</h2><div class="models">{"".join(sections)}</div>'
        f"<script>{SCRIPT}</script></body></html>\n"
    )
