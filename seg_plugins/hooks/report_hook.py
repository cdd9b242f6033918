"""Report of an evaluation: `report.html` with figures and panels."""

import heapq
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import torch
from mmengine.dist import all_gather_object, is_main_process
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmseg.registry import HOOKS
from mmseg.structures import SegDataSample

from seg_plugins.config.tool_command import tool_command
from seg_plugins.ops.confidence import calibration_bins, confidence_of_sample
from seg_plugins.ops.confusion import class_areas, confusion_matrix
from seg_plugins.ops.coverage import COVERAGE_BINS
from seg_plugins.ops.display import shown
from seg_plugins.ops.painting import complete_palette
from seg_plugins.report.origin import code_commit, versions
from seg_plugins.report.panels import Panel, shrink
from seg_plugins.report.run_record import RunRecord, mean_iou
from seg_plugins.report.scalars import read_scalars
from seg_plugins.transforms.load_seg_image import decode_image

from .label_map_hook import LabelMapHook

__all__ = ["ReportHook"]


def picture_of(path: str) -> np.ndarray:
    """Read an image file of any depth and channels as (H, W, 3) uint8 RGB for viewing; grey if missing."""
    try:
        return shown(decode_image(Path(path).read_bytes(), path, "unchanged"), bgr=True)
    except (OSError, ValueError, ImportError):
        return np.full((1, 1, 3), 128, np.uint8)


@HOOKS.register_module()
class ReportHook(Hook):
    """Write `report/` in the work directory at the end of a test: `report.html`, figures and `record.npz`.

    The page opens offline. It shows the metrics of the evaluators, a sortable table of the classes, the
    confusion matrix, bars per class, a reliability diagram, accuracy over coverage, and panels of the worst
    and best images. `tools/compare.py` reads the record. The hook works with any evaluator; samples without
    ground truth are skipped.

    Args:
        worst: Number of panels of the images with the lowest mIoU of their own.
        best: Number of panels of those with the highest.
        on_val: Also report each validation, in `report/val_iter_N`.
        out_dir: Folder to use instead of `report/` in the work directory.
        stride: Use confidences from every `stride`-th row and column.
        bins: Number of confidence bins in the reliability diagram.
        tile_width: Width in pixels of each picture in a panel.
        ignore_index: Ground-truth id of pixels to leave out.
        rejected: Predicted id of pixels that the model refused to label (`ConfidenceThreshold`), to leave
            out.
    """

    priority = "LOW"

    def __init__(
        self,
        worst: int = 6,
        best: int = 3,
        on_val: bool = False,
        out_dir: str | None = None,
        stride: int = 4,
        bins: int = 15,
        tile_width: int = 320,
        ignore_index: int = 255,
        rejected: int = 255,
    ) -> None:
        self.worst = worst
        self.best = best
        self.on_val = on_val
        self.out_dir = Path(out_dir) if out_dir else None
        self.stride = stride
        self.bins = bins
        self.tile_width = tile_width
        self.ignore_index = ignore_index
        self.rejected = rejected

    def _begin(self, dataset: Any) -> None:
        self._meta = {"classes": (), **getattr(dataset, "metainfo", {})}
        self._root = str(getattr(dataset, "data_root", "") or "")
        self._images: list[tuple[str, np.ndarray]] = []
        self._matrix = np.zeros((len(self._meta["classes"]),) * 2, np.int64)
        self._calibration = np.zeros((3, self.bins))
        self._coverage = np.zeros((3, COVERAGE_BINS))
        self._low: list[tuple[float, int, Panel]] = []  # heaps: the panel to drop next comes first
        self._high: list[tuple[float, int, Panel]] = []

    def before_test_epoch(self, runner: Runner) -> None:
        """Discard what was collected before."""
        self._begin(runner.test_dataloader.dataset)

    def before_val_epoch(self, runner: Runner) -> None:
        """Discard what was collected before, if validations are reported."""
        if self.on_val:
            self._begin(runner.val_dataloader.dataset)

    def after_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Sequence[SegDataSample] = ()
    ) -> None:
        """Add the predictions of a batch."""
        for sample in outputs:
            if isinstance(sample, SegDataSample) and {"gt_sem_seg", "pred_sem_seg"} <= set(sample.keys()):
                self._add(sample)

    def after_val_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Sequence[SegDataSample] = ()
    ) -> None:
        """Add the predictions of a batch, if validations are reported."""
        if self.on_val:
            self.after_test_iter(runner, batch_idx, data_batch, outputs)

    def after_test_epoch(self, runner: Runner, metrics: dict[str, Any] | None = None) -> None:
        """Write the report."""
        self._write(runner, metrics or {}, self.out_dir or Path(runner.work_dir) / "report")

    def after_val_epoch(self, runner: Runner, metrics: dict[str, Any] | None = None) -> None:
        """Write the report, if validations are reported."""
        if self.on_val:
            folder = self.out_dir or Path(runner.work_dir) / "report"
            self._write(runner, metrics or {}, folder / f"val_iter_{runner.iter}")

    def _add(self, sample: SegDataSample) -> None:
        pred, true = sample.pred_sem_seg.data.cpu(), sample.gt_sem_seg.data.cpu()
        true = true.masked_fill(pred == self.rejected, self.ignore_index)
        counts = confusion_matrix(pred, true, len(self._matrix), self.ignore_index)
        areas = class_areas(counts.matrix)
        path = str(sample.metainfo.get("img_path", len(self._images)))
        inside = self._root and Path(path).is_relative_to(self._root)
        name = Path(path).relative_to(self._root).as_posix() if inside else path
        self._images.append((name, areas))
        self._matrix += counts.matrix
        fields = {k: dict(data=v.data) for k, v in sample.items() if k in _CONFIDENCE_FIELDS}
        confidence = confidence_of_sample(fields, self.stride)
        if confidence is not None:
            self._calibrate(confidence, pred, true)
        score = float(mean_iou(areas))
        if not np.isnan(score):
            self._keep(score, name, path, sample, fields)

    def _calibrate(self, confidence: torch.Tensor, pred: torch.Tensor, true: torch.Tensor) -> None:
        pred, true = (v[0, :: self.stride, :: self.stride].numpy() for v in (pred, true))
        valid = true != self.ignore_index
        values = confidence.cpu().numpy()[valid].astype(np.float64)
        right = pred[valid] == true[valid]
        self._calibration += calibration_bins(values, right, self.bins)
        self._coverage += calibration_bins(values, right, COVERAGE_BINS)

    def _keep(self, score: float, name: str, path: str, sample: SegDataSample, fields: dict) -> None:
        """Draw the image if it is among the worst or the best so far."""
        number = -len(self._images)  # among equal scores, the first image is kept
        panel = None
        for heap, key, size in ((self._low, -score, self.worst), (self._high, score, self.best)):
            if len(heap) < size or (heap and key > heap[0][0]):
                panel = panel or self._panel(score, name, path, sample, fields)
                heapq.heappush(heap, (key, number, panel))
                if len(heap) > size:
                    heapq.heappop(heap)

    def _panel(self, score: float, name: str, path: str, sample: SegDataSample, fields: dict) -> Panel:
        width = self.tile_width
        true, pred = (
            shrink(v.data[0].to("cpu", torch.int32).numpy(), width)
            for v in (sample.gt_sem_seg, sample.pred_sem_seg)
        )
        step = max(1, sample.gt_sem_seg.data.shape[-1] // width)
        confidence = confidence_of_sample(fields, step)
        if confidence is not None:
            confidence = cv2.resize(
                confidence.cpu().numpy(), true.shape[::-1], interpolation=cv2.INTER_LINEAR
            )
        image = cv2.resize(picture_of(path), true.shape[::-1], interpolation=cv2.INTER_AREA)
        return Panel(name, score, image, true, pred, confidence)

    def _write(self, runner: Runner, metrics: dict[str, Any], folder: Path) -> None:
        state = (self._images, self._matrix, self._calibration, self._coverage, self._low, self._high)
        images, matrices, calibrations, coverages, low, high = zip(*all_gather_object(state), strict=True)
        images = [image for part in images for image in part]
        if not is_main_process() or not images:
            return
        classes = list(self._meta["classes"])
        palette = complete_palette(self._meta.get("palette"), len(classes), classes)
        record = RunRecord(
            name=Path(runner.cfg.filename or runner.work_dir).stem,
            classes=classes,
            palette=palette,
            images=[name for name, _ in images],
            areas=np.stack([areas for _, areas in images]),
            matrix=sum(matrices),
            calibration=sum(calibrations),
            coverage=sum(coverages),
            metrics={k: v for k, v in metrics.items() if isinstance(v, int | float | str | list | tuple)},
            about=self._about(runner, len(images)),
        )
        worst, best = (
            [
                p
                for *_, p in sorted((e for part in heaps for e in part), key=lambda e: e[:2], reverse=True)[
                    :size
                ]
            ]
            for heaps, size in ((low, self.worst), (high, self.best))
        )
        from seg_plugins.report.run_report import write_report  # brings matplotlib and scipy.stats

        path = write_report(record, worst, best, folder, self._log(runner), predictions_of(runner))
        runner.logger.info(f"report: {path}")

    def _log(self, runner: Runner) -> list[dict[str, Any]]:
        """Read the training's log: beside the tested checkpoint, else in the work directory."""
        checkpoint = getattr(runner, "_load_from", None)
        beside = read_scalars(Path(checkpoint).parent) if checkpoint and "://" not in checkpoint else []
        return beside or read_scalars(runner.work_dir)

    def _about(self, runner: Runner, images: int) -> dict[str, str]:
        checkpoint = getattr(runner, "_load_from", None)
        config = runner.cfg.filename
        about = {
            "Date": datetime.now().astimezone().strftime("%Y-%m-%d %H:%M %Z"),
            "Config": config and os.path.abspath(config),
            "Checkpoint": checkpoint and (checkpoint if "://" in checkpoint else os.path.abspath(checkpoint)),
            "Data": self._root and os.path.abspath(self._root),
            "Images": str(images),
            "Commit": code_commit(),
            "Versions": ", ".join(f"{name} {version}" for name, version in versions().items()),
        }
        if not predictions_of(runner) and config and checkpoint:
            about["Predictions"] = "none kept; " + tool_command(
                "predict", config, checkpoint, "IMAGES", "--out", "predictions"
            )
        return {k: str(v) for k, v in about.items() if v}


def predictions_of(runner: Runner) -> dict[str, Path]:
    """Return the folders that this run writes predictions to."""
    visualizer = runner.cfg.get("visualizer") or {}
    drawing = any(getattr(hook, "draw", False) is True for hook in runner.hooks)
    places = {
        "Predicted class maps": next((h.out_dir for h in runner.hooks if isinstance(h, LabelMapHook)), None),
        "Predictions beside the truth": visualizer.get("save_dir") if drawing else None,
    }
    return {label: Path(place) for label, place in places.items() if place}


_CONFIDENCE_FIELDS = ("seg_logits", "pred_confidence", "pred_sem_seg")
