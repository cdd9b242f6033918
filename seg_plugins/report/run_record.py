"""The record of an evaluation for reports and comparisons: one small file."""

import json
import zipfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from seg_plugins.ops.confidence import calibration_errors
from seg_plugins.ops.confusion import class_areas, present_mean, scores_from_areas
from seg_plugins.ops.coverage import coverage_scores
from seg_plugins.ops.resampling import bootstrap_interval

from .record_file import RECORD_NAME, find_record

__all__ = ["RunRecord", "mean_iou"]


def mean_iou(areas: np.ndarray) -> np.ndarray:
    """Compute the mean IoU in 0..100 over the classes that occur, from areas (..., 3, K)."""
    return 100 * present_mean(scores_from_areas(areas)["IoU"])


@dataclass
class RunRecord:
    """One evaluation of one model on one data set.

    Attributes:
        name: Displayed name of the run.
        classes: K names.
        palette: (K, 3) uint8 RGB.
        images: Names of the images, relative to the data set.
        areas: (images, 3, K) int64 pixels: intersection, predicted, true.
        matrix: (K, K) int64 pixels, row = truth, column = prediction.
        calibration: (3, bins) float64 pixels, sum of confidences, correct pixels; all 0 without
            confidences.
        coverage: (3, fine bins) the same, for accuracy over coverage; all 0 in records without it.
        metrics: Results of the evaluators, by key.
        about: Facts about the run: config, checkpoint, data.
        folder: The report folder it was read from, with the images; None before it is saved.
    """

    name: str
    classes: list[str]
    palette: np.ndarray
    images: list[str]
    areas: np.ndarray
    matrix: np.ndarray
    calibration: np.ndarray
    coverage: np.ndarray
    metrics: dict[str, Any] = field(default_factory=dict)
    about: dict[str, str] = field(default_factory=dict)
    folder: Path | None = None

    def save(self, folder: Path) -> Path:
        """Write `record.npz` into `folder`, and return its path."""
        path = folder / RECORD_NAME
        text = dict(
            name=self.name, classes=self.classes, images=self.images, metrics=self.metrics, about=self.about
        )
        np.savez_compressed(
            path,
            text=np.frombuffer(json.dumps(text).encode(), np.uint8),
            palette=self.palette,
            areas=self.areas,
            matrix=self.matrix,
            calibration=self.calibration,
            coverage=self.coverage,
        )
        return path

    @classmethod
    def load(cls, path: str | Path) -> "RunRecord":
        """Read a record.

        Args:
            path: The file, the report folder it lies in, or the work directory of the run.

        Raises:
            FileNotFoundError: If there is no record; the message tells how to make it.
            ValueError: If the file is not a record.
        """
        found = find_record(path)
        try:
            with np.load(found, allow_pickle=False) as data:
                text = json.loads(data["text"].tobytes())
                arrays = {k: data[k] for k in ("palette", "areas", "matrix", "calibration")}
                arrays["coverage"] = data["coverage"] if "coverage" in data else np.zeros((3, 1))
        except (KeyError, ValueError, OSError, EOFError, zipfile.BadZipFile) as error:
            raise ValueError(f"{found}: not a record of an evaluation ({error})") from error
        return cls(**text, **arrays, folder=found.parent)

    def scores(self) -> dict[str, np.ndarray]:
        """Compute per-class scores (K,) in 0..100 over all pixels; nan if undefined."""
        return {k: 100 * v for k, v in scores_from_areas(class_areas(self.matrix)).items()}

    def interval(self, draws: int = 1000) -> tuple[float, float]:
        """Compute the 95 % bootstrap interval of mIoU over images, in 0..100."""
        return bootstrap_interval(self.areas, mean_iou, draws)

    def calibration_errors(self) -> dict[str, float]:
        """Compute ECE and MCE in 0..100; nan without confidences."""
        return {k: 100 * v for k, v in calibration_errors(self.calibration).items()}

    def coverage_scores(self) -> dict[str, float]:
        """Return `acc@90`, `acc@80`, `AURC` in 0..100, preferably the evaluator's; {} without confidences."""
        own = {k: 100 * v for k, v in coverage_scores(self.coverage).items()}
        keys = ("acc@90", "acc@80", "AURC")
        return own | {k: self.metrics[k] for k in keys if isinstance(self.metrics.get(k), int | float)}
