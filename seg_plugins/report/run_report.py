"""The parts of the report of one evaluation, and their order."""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from seg_plugins.files.atomic import write_bytes, write_text

from . import figures, page
from .curves import draw_curves, split_series
from .panels import Panel, draw_panel, draw_tiles
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
    "acc@90": "accuracy of the most confident 90 %",
    "acc@80": "accuracy of the most confident 80 %",
    "AURC": "area under risk over coverage (AURC)",
}


def write_report(
    record: RunRecord,
    worst: Sequence[Panel],
    best: Sequence[Panel],
    folder: Path,
    log: Sequence[dict[str, Any]] = (),
    links: dict[str, Path] | None = None,
) -> Path:
    """Write figures, panels, record and `report.html`.

    Args:
        record: The evaluation.
        worst: Panels, worst first.
        best: Panels, best first.
        folder: Folder of the report; created if missing. Panels of an earlier report in it are replaced.
        log: Log of the training, as `read_scalars` returns it.
        links: Folders to link to, by their content.

    Returns:
        Path of `report.html`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("panel_*.jpg"):
        old.unlink()
    record.save(folder)
    pictures = _figures(record)
    for name, data in pictures.items():
        write_bytes(folder / name, data)
    training, validation = split_series(log)
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
        page.section("Confident pixels only", page.figure(pictures["coverage.png"], _coverage(record)))
        if "coverage.png" in pictures
        else "",
        page.section("Training", page.figure(figures.png_of(draw_curves(training, validation)), alt="curves"))
        if training
        else "",
        _panel_section("Worst images", worst, record, folder, "worst"),
        _panel_section("Best images", best, record, folder, "best"),
        page.section("All metrics", page.metric_table(record.metrics), note="Scores are in 0..100."),
    ]
    path = folder / "report.html"
    beside = {
        label: Path(os.path.relpath(there, folder)).as_posix() for label, there in (links or {}).items()
    }
    write_text(path, page.page(f"Evaluation of {record.name}", record.about, parts, beside))
    return path


def _figures(record: RunRecord) -> dict[str, bytes]:
    """Draw the figures, by the names of their files."""
    iou = record.scores()["IoU"]
    pictures = {
        "confusion_matrix.png": figures.confusion_figure(record.matrix, record.classes),
        "class_iou.png": figures.class_bars({record.name: iou}, record.classes),
    }
    if record.calibration[0].sum():
        pictures["reliability.png"] = figures.reliability_figure({record.name: record.calibration})
    if record.coverage[0].sum():
        pictures["coverage.png"] = figures.coverage_figure({record.name: record.coverage})
    return pictures


def _headline(record: RunRecord) -> str:
    values, notes = {}, {}
    for key, label in _CARDS.items():
        if isinstance(record.metrics.get(key), int | float):
            values[label] = f"{record.metrics[key]:.2f}"
    low, high = record.interval()
    if np.isfinite(low):
        interval = "mIoU, 95 % interval"
        values[interval] = f"{low:.1f} to {high:.1f}"
        notes[interval] = f"lower and upper end, over {len(record.images)} images"
    error = record.calibration_errors()["ECE"]
    if np.isfinite(error):
        values["expected calibration error"] = f"{error:.2f}"
    values |= {_COVERAGE_CARDS[k]: f"{v:.2f}" for k, v in record.coverage_scores().items()}
    return page.cards(values, notes)


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
    drawn = []
    for i, panel in enumerate(panels):
        write_bytes(folder / f"panel_{kind}_{i + 1}.jpg", _jpeg(draw_panel(panel, record.palette)))
        pictures = draw_tiles(panel, record.palette).items()
        strip = page.tiles([page.figure(_jpeg(pixels), name, "jpeg") for name, pixels in pictures])
        drawn.append(f"<h3>{page.escaped(panel.name)}: mIoU {panel.score:.1f}</h3>{strip}")
    note = (
        "By the image's own mIoU, over the classes in its truth or prediction. Click an image to enlarge it."
    )
    return page.section(title, page.legend(record.classes, record.palette), *drawn, note=note)


def _jpeg(pixels: np.ndarray) -> bytes:
    picture = cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    return cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, 88])[1].tobytes()
