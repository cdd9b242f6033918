"""The parts of the comparison of two evaluations, and their order."""

import html
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from seg_plugins.files.atomic import write_text

from . import figures, page
from .paired_comparison import PairedComparison, compare_records
from .panels import COLUMNS
from .run_record import RunRecord

__all__ = ["write_comparison"]


def write_comparison(a: RunRecord, b: RunRecord, path: Path) -> PairedComparison:
    """Write the page that compares two runs.

    Args:
        a: First run.
        b: Second run.
        path: HTML file.

    Returns:
        The comparison.

    Raises:
        ValueError: If the two cannot be compared.
    """
    result = compare_records(a, b)
    names = [a.name, b.name] if a.name != b.name else [f"{a.name} (A)", f"{b.name} (B)"]
    iou = dict(zip(names, (r.scores()["IoU"] for r in (a, b)), strict=True))
    bins = {n: r.calibration for n, r in zip(names, (a, b), strict=True) if r.calibration[0].sum()}
    tables = {n: r.coverage for n, r in zip(names, (a, b), strict=True) if r.coverage[0].sum()}
    parts = [
        page.section("Verdict", f"<p>{html.escape(result.verdict(*names))}</p>", kind="verdict"),
        page.section("Metrics", _metrics_side_by_side(a, b, names)),
        page.section(
            "Classes", _classes_side_by_side(iou, a), page.figure(figures.class_bars(iou, a.classes))
        ),
        page.section(
            "Images",
            '<div class="pair">',
            page.figure(figures.image_scatter(result.scores, names), "Above the line: the second is better"),
            page.figure(figures.reliability_figure(bins), "Reliability") if bins else "",
            "</div>",
            _images_side_by_side(result, names),
        ),
        page.section(
            "Confident pixels only", page.figure(figures.coverage_figure(tables), "Accuracy over coverage")
        )
        if tables
        else "",
        page.section(
            "Confusion matrices",
            '<div class="pair">',
            *(
                page.figure(figures.confusion_figure(r.matrix, r.classes), n)
                for n, r in zip(names, (a, b), strict=True)
            ),
            "</div>",
        ),
        _worst_side_by_side((a, b), names),
    ]
    about = {f"{s} {k}": v for s, r in zip("AB", (a, b), strict=True) for k, v in r.about.items()}
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, page.page(f"{names[0]} against {names[1]}", about, parts))
    return result


def _metrics_side_by_side(a: RunRecord, b: RunRecord, names: Sequence[str]) -> str:
    keys = [k for k, v in a.metrics.items() if "." not in k and isinstance(v, int | float)]
    rows = [
        (k, float(a.metrics[k]), float(b.metrics[k]))
        for k in keys
        if isinstance(b.metrics.get(k), int | float)
    ]
    return page.table(["metric", *names, "difference"], [(*r, r[2] - r[1]) for r in rows], signed=[3])


def _classes_side_by_side(iou: dict[str, np.ndarray], record: RunRecord) -> str:
    a, b = iou.values()
    rows = [(c, a[i], b[i], b[i] - a[i]) for i, c in enumerate(record.classes)]
    return page.table(["class (IoU)", *iou, "difference"], rows, record.palette, signed=[3])


def _images_side_by_side(result: PairedComparison, names: Sequence[str], most: int = 200) -> str:
    difference = result.scores[1] - result.scores[0]
    order = np.argsort(-np.abs(difference), kind="stable")[:most]
    rows = [(result.images[i], *map(float, result.scores[:, i]), float(difference[i])) for i in order]
    return page.table(["image (its mIoU)", *names, "difference"], rows, signed=[3])


def _worst_side_by_side(records: Sequence[RunRecord], names: Sequence[str]) -> str:
    columns = []
    for record, name in zip(records, names, strict=True):
        pictures = sorted(record.folder.glob("panel_worst_*.jpg")) if record.folder else []
        drawn = [page.figure(p.read_bytes(), f"{name}, worst {i}", "jpeg") for i, p in enumerate(pictures, 1)]
        columns.append(f"<div>{''.join(drawn)}</div>")
    if columns == ["<div></div>"] * len(records):
        return ""
    note = f"From left to right: {', '.join(COLUMNS)}."
    return page.section("Worst images of each", '<div class="pair">', *columns, "</div>", note=note)
