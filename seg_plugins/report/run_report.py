"""The report of one evaluation and the comparison of two: which parts, in which order."""

import html
from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from seg_plugins.report import figures, page
from seg_plugins.report.paired_comparison import PairedComparison, compare_records
from seg_plugins.report.panels import COLUMNS, Panel, draw_panel
from seg_plugins.report.run_record import RunRecord

__all__ = ["write_comparison", "write_report"]

_CARDS = {
    "mIoU": "mIoU",
    "aAcc": "pixel accuracy",
    "mAcc": "mean accuracy",
    "mDice": "mean Dice",
    "fwIoU": "frequency-weighted IoU",
    "kappa": "Cohen's kappa",
    "mBF1": "boundary F1",
    "mBIoU": "boundary IoU",
    "mask_AP": "mask AP",
}


def write_report(record: RunRecord, worst: Sequence[Panel], best: Sequence[Panel], folder: Path) -> Path:
    """Write figures, panels, record and `report.html`.

    Args:
        record: The evaluation.
        worst: Panels, worst first.
        best: Panels, best first.
        folder: Where to; made if missing. Panels of an earlier report in it are replaced.

    Returns:
        Path of `report.html`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("panel_*.jpg"):
        old.unlink()
    record.save(folder)
    iou = record.scores()["IoU"]
    pictures = {
        "confusion_matrix.png": figures.confusion_figure(record.matrix, record.classes),
        "class_iou.png": figures.class_bars({record.name: iou}, record.classes),
    }
    if record.calibration[0].sum():
        pictures["reliability.png"] = figures.reliability_figure({record.name: record.calibration})
    for name, data in pictures.items():
        (folder / name).write_bytes(data)
    parts = [
        _headline(record),
        page.section("Classes", _class_table(record), note=_absent(record)),
        page.section("IoU per class", page.figure(pictures["class_iou.png"], alt="IoU per class")),
        page.section(
            "Where the pixels go",
            '<div class="pair">',
            page.figure(pictures["confusion_matrix.png"], "Confusion matrix, in % of each true class"),
            page.figure(pictures["reliability.png"], _calibration(record))
            if "reliability.png" in pictures
            else "",
            "</div>",
        ),
        _panel_section("Worst images", worst, record, folder, "worst"),
        _panel_section("Best images", best, record, folder, "best"),
        page.section("All metrics", page.metric_table(record.metrics), note="Scores are in 0..100."),
    ]
    path = folder / "report.html"
    path.write_text(page.page(f"Evaluation of {record.name}", record.about, parts), encoding="utf-8")
    return path


def _headline(record: RunRecord) -> str:
    values = {}
    for key, label in _CARDS.items():
        if isinstance(record.metrics.get(key), int | float):
            values[label] = f"{record.metrics[key]:.2f}"
    low, high = record.interval()
    if np.isfinite(low):
        values[f"mIoU, 95 % interval over {len(record.images)} images"] = f"{low:.1f} - {high:.1f}"
    error = record.calibration_errors()["ECE"]
    if np.isfinite(error):
        values["expected calibration error"] = f"{error:.2f}"
    return page.cards(values)


def _class_table(record: RunRecord) -> str:
    scores = record.scores()
    true = record.matrix.sum(axis=1)
    share = 100 * true / max(true.sum(), 1)
    names = ["IoU", "Dice", "Acc", "Precision"]
    rows = [
        (c, *(scores[n][i] for n in names), float(share[i]), int((record.areas[:, 2, i] > 0).sum()))
        for i, c in enumerate(record.classes)
    ]
    header = ["class", "IoU", "Dice", "recall (Acc)", "precision", "% of pixels", "images"]
    return page.table(header, rows, record.palette)


def _absent(record: RunRecord) -> str:
    union = record.matrix.sum(axis=0) + record.matrix.sum(axis=1)
    absent = [c for c, n in zip(record.classes, union, strict=True) if n == 0]
    text = "Over all pixels of the data set. Click a column to sort."
    return text + (f" Neither true nor predicted, left out of means: {', '.join(absent)}." if absent else "")


def _calibration(record: RunRecord) -> str:
    errors = record.calibration_errors()
    return f"Reliability: expected calibration error {errors['ECE']:.2f} %, largest {errors['MCE']:.2f} %"


def _panel_section(title: str, panels: Sequence[Panel], record: RunRecord, folder: Path, kind: str) -> str:
    if not panels:
        return ""
    head = "".join(f"<span>{c}</span>" for c in COLUMNS)
    drawn = []
    for i, panel in enumerate(panels):
        picture = cv2.cvtColor(draw_panel(panel, record.palette), cv2.COLOR_RGB2BGR)
        data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()
        (folder / f"panel_{kind}_{i + 1}.jpg").write_bytes(data)
        drawn.append(page.figure(data, f"{panel.name}: mIoU {panel.score:.1f}", "jpeg"))
    note = "By the image's own mIoU, over the classes in its truth or prediction."
    return page.section(title, f'<div class="columns">{head}</div>', *drawn, note=note)


def write_comparison(a: RunRecord, b: RunRecord, path: Path) -> PairedComparison:
    """Write the page that puts two runs side by side.

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
    path.write_text(page.page(f"{names[0]} against {names[1]}", about, parts), encoding="utf-8")
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
