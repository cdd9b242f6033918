"""The report of one evaluation: which parts, in which order."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from seg_plugins.files.atomic import write_bytes, write_text

from . import figures, page
from .panels import COLUMNS, Panel, draw_panel
from .run_record import RunRecord

__all__ = ["write_report"]

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
_COVERAGE_CARDS = {
    "acc@90": "accuracy of the surest 90 %",
    "acc@80": "accuracy of the surest 80 %",
    "AURC": "area under risk over coverage (AURC)",
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
    if record.coverage[0].sum():
        pictures["coverage.png"] = figures.coverage_figure({record.name: record.coverage})
    for name, data in pictures.items():
        write_bytes(folder / name, data)
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
        page.section("Sure pixels only", page.figure(pictures["coverage.png"], _coverage(record)))
        if "coverage.png" in pictures
        else "",
        _panel_section("Worst images", worst, record, folder, "worst"),
        _panel_section("Best images", best, record, folder, "best"),
        page.section("All metrics", page.metric_table(record.metrics), note="Scores are in 0..100."),
    ]
    path = folder / "report.html"
    write_text(path, page.page(f"Evaluation of {record.name}", record.about, parts))
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
    values |= {_COVERAGE_CARDS[k]: f"{v:.2f}" for k, v in record.coverage_scores().items()}
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


def _coverage(record: RunRecord) -> str:
    area = record.coverage_scores()["AURC"]
    return f"Accuracy over coverage; area under the risk-coverage curve (AURC) {area:.2f}, smaller is better"


def _panel_section(title: str, panels: Sequence[Panel], record: RunRecord, folder: Path, kind: str) -> str:
    if not panels:
        return ""
    head = "".join(f"<span>{c}</span>" for c in COLUMNS)
    drawn = []
    for i, panel in enumerate(panels):
        picture = cv2.cvtColor(draw_panel(panel, record.palette), cv2.COLOR_RGB2BGR)
        data = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()
        write_bytes(folder / f"panel_{kind}_{i + 1}.jpg", data)
        drawn.append(page.figure(data, f"{panel.name}: mIoU {panel.score:.1f}", "jpeg"))
    note = "By the image's own mIoU, over the classes in its truth or prediction."
    return page.section(title, f'<div class="columns">{head}</div>', *drawn, note=note)
