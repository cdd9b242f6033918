"""All scores that follow from the confusion matrix, in constant memory."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from mmengine.dist import all_gather_object, is_main_process
from mmengine.logging import MMLogger, print_log
from mmseg.registry import METRICS
from rich.console import Console
from rich.table import Table
from rich.text import Text

from seg_plugins.config.tool_command import tool_command
from seg_plugins.files.label_maps import write_label_map
from seg_plugins.ops.confusion import (
    class_areas,
    confusion_matrix,
    confusion_on_device,
    present_mean,
    scores_from_areas,
)
from seg_plugins.ops.resampling import bootstrap_interval

from .summed_metric import SummedMetric, label_path, per_class, require

__all__ = ["ConfusionMetric", "global_scores"]

_GROUPS = {"mIoU": ("IoU", "Acc"), "mDice": ("Dice", "Acc"), "mFscore": ("Fscore", "Precision", "Recall")}


def global_scores(matrix: np.ndarray) -> dict[str, float]:
    """Compute the scores of the whole matrix, in 0..1 (kappa: -1..1); nan without pixels.

    Args:
        matrix: (K, K) pixel counts, row = truth, column = prediction.

    Returns:
        aAcc, share of right pixels; fwIoU, IoU weighted by true pixels (Long et al. 2015, section 5); kappa,
        agreement beyond chance (Cohen 1960), nan if chance already agrees fully.
    """
    counts = matrix.astype(np.float64)
    total = counts.sum()
    true, pred = counts.sum(axis=1), counts.sum(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        right = np.trace(counts) / total
        chance = (true / total) @ (pred / total)
        iou = scores_from_areas(class_areas(matrix))["IoU"]
        weighted = np.nansum(iou * true) / total
        return {
            "aAcc": float(right),
            "fwIoU": float(weighted),
            "kappa": float((right - chance) / (1 - chance)),
        }


@METRICS.register_module()
class ConfusionMetric(SummedMetric):
    """Accuracy, IoU, Dice, F-score, precision, recall and Cohen's kappa from one int64 confusion matrix.

    All scores are taken over the pixels of the whole data set, not image by image, and are in 0..100,
    unrounded. Means are over classes. A class without a pixel in truth and prediction is left out and listed
    under `absent_classes`. A class that is predicted but never true counts as 0 in IoU, Dice and Fscore.
    (Upstream's Fscore also drops classes that are never hit, which raises its mean. Here Fscore with beta = 1
    always equals Dice.)

    The arguments are those of upstream's `IoUMetric`, so that a config changes one word. Memory does not grow
    with the number of images, except by 24 K bytes per image if `per_image` or `bootstrap` is set.

    Keys: `aAcc`, `fwIoU`, `kappa`; for each group of `iou_metrics` the means (`mIoU`, `mAcc`, ...) and one
        scalar per class (`IoU.road`, ...).

    Args:
        ignore_index: Ground-truth id of pixels to leave out.
        iou_metrics: Groups to report: "mIoU" (IoU, Acc), "mDice" (Dice, Acc), "mFscore" (Fscore, Precision,
            Recall).
        nan_to_num: Replaces undefined per-class scores before the mean; with None they are left out.
        beta: Weight of recall in Fscore.
        collect_device: Accepted for upstream's configs; the matrix is reduced on the process group's device.
        output_dir: Folder for the predicted maps as PNG, with the ids of the label files.
        format_only: Write the maps without evaluating.
        prefix: Prefix of every key.
        out_of_range: Treatment of ground-truth ids outside the classes: "raise" names file and id, "count"
            leaves the pixels out and reports their number as `out_of_range_pixels`.
        bootstrap: Number of resamplings of the images for a 95 % interval of mIoU, reported as `mIoU_low` and
            `mIoU_high` (Efron 1979, percentile method); 0 omits it.
        per_image: Keep the areas of every image in `records` after `evaluate`.
        keep_results: Passed by upstream's test.py with `--out`; maps in `output_dir` are kept in any case.
        rejected: Predicted id of pixels that the model refused to label (`ConfidenceThreshold`); they are
            left out, and `CoverageMetric` reports how many remain.

    Raises:
        ValueError: For an unknown group or option, or (at evaluation) ids outside the classes. Predictions on
            a GPU are counted there, and refused by `evaluate`.
    """

    dtype = np.int64
    needs = ("pred_sem_seg", "gt_sem_seg")

    def __init__(
        self,
        ignore_index: int = 255,
        iou_metrics: Sequence[str] | str = ("mIoU", "mDice", "mFscore"),
        nan_to_num: float | None = None,
        beta: float = 1.0,
        collect_device: str = "cpu",
        output_dir: str | None = None,
        format_only: bool = False,
        prefix: str | None = None,
        out_of_range: str = "raise",
        bootstrap: int = 0,
        per_image: bool = False,
        collect_dir: str | None = None,
        keep_results: bool = True,
        rejected: int | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix, collect_dir=collect_dir)
        self.metrics = [iou_metrics] if isinstance(iou_metrics, str) else list(iou_metrics)
        if unknown := set(self.metrics) - set(_GROUPS):
            raise ValueError(f"iou_metrics {sorted(unknown)} unknown; choose from {list(_GROUPS)}")
        if out_of_range not in ("raise", "count"):
            raise ValueError(f'out_of_range must be "raise" or "count", not {out_of_range!r}')
        if format_only and output_dir is None:
            raise ValueError("format_only=True needs output_dir, the folder to write to")
        self.ignore_index = ignore_index
        self.nan_to_num = nan_to_num
        self.beta = beta
        self.output_dir = Path(output_dir) if output_dir else None
        self.format_only = format_only
        self.out_of_range = out_of_range
        self.bootstrap = bootstrap
        self.rejected = rejected
        self.per_image = per_image or bootstrap > 0
        self.records: list[tuple[str, np.ndarray]] = []
        self.matrix: np.ndarray | None = None

    def _reset(self) -> None:
        super()._reset()
        self._parts: list[tuple[str, np.ndarray]] = []
        self._unchecked: list[tuple[str, str, torch.Tensor]] = []  # of a GPU: label, image, counts
        self._written: dict[Path, str] = {}

    def state_size(self) -> int:
        """Return the length of the state: the matrix and one counter for ids outside the classes."""
        return len(self.classes) ** 2 + 1

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Add a batch.

        Args:
            data_batch: Unused.
            data_samples: Dictionaries with `pred_sem_seg` and, unless `format_only`, `gt_sem_seg`: (1, H,
                W) ids.

        Raises:
            ValueError: If ids lie outside the classes; the message names the file.
        """
        if not self.format_only:
            super().process(data_batch, data_samples)
        if self.output_dir is not None:
            for sample in data_samples:
                require(sample, "pred_sem_seg")
                self._write(sample["pred_sem_seg"]["data"], sample)

    def measure(self, sample: dict) -> np.ndarray | torch.Tensor:
        """Compute the confusion matrix, flattened, and the number of pixels with ids outside the classes."""
        classes, path = self.classes, label_path(sample)
        pred, target = sample["pred_sem_seg"]["data"], sample["gt_sem_seg"]["data"]
        if self.rejected is not None:
            refused = pred.to(target.device) == self.rejected
            target = target.masked_fill(refused, self.ignore_index)
        if pred.device.type != "cpu":
            matrix, strays = confusion_on_device(pred, target, len(classes), self.ignore_index)
            counts = [strays.flatten(), matrix.flatten()] if self.per_image else [strays.flatten()]
            self._unchecked.append((path, str(sample.get("img_path", path)), torch.cat(counts)))
            return torch.cat([matrix.flatten(), strays[0, :1]])
        try:
            matrix, outside = confusion_matrix(pred, target, len(classes), self.ignore_index)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from None
        if outside:
            self._refuse_labels(path, f"{sorted(outside)}")
        if self.per_image:
            self._parts.append((str(sample.get("img_path", path)), class_areas(matrix)))
        return np.append(matrix.ravel(), np.int64(sum(outside.values())))

    def _refuse_labels(self, path: str, ids: str) -> None:
        if self.out_of_range == "raise":
            count = len(self.classes)
            raise ValueError(
                f"{path}: ground-truth ids {ids} are neither one of the {count} classes "
                f"(0..{count - 1}) nor the ignored id {self.ignore_index}. Correct the labels "
                '(or reduce_zero_label), or set out_of_range="count" in the evaluator to leave them out.'
            )

    def fetch(self) -> None:
        """Bring the counts of a GPU to the CPU in one copy, and check the ids of every image."""
        if not isinstance(self._total, torch.Tensor):
            return
        unchecked, k = self._unchecked, len(self.classes)
        counts = torch.cat([self._total, *(part for *_, part in unchecked)]).cpu().numpy()
        self._total, rows = counts[: k * k + 1], counts[k * k + 1 :].reshape(len(unchecked), -1)
        for (path, image, _), row in zip(unchecked, rows, strict=True):
            (labels, low, high), (wrong, least, most) = row[:3], row[3:6]
            if labels:
                self._refuse_labels(path, f"from {low} to {high}")
            if wrong:
                raise ValueError(
                    f"{path}: predicted ids from {least} to {most} are outside 0..{k - 1}: the model has "
                    "other classes than the data set"
                )
            if self.per_image:
                self._parts.append((image, class_areas(row[6:].reshape(k, k))))

    def _write(self, pred: torch.Tensor, sample: dict) -> None:
        path = self.output_dir / f"{Path(sample['img_path']).stem}.png"
        if (other := self._written.setdefault(path, sample["img_path"])) != sample["img_path"]:
            raise ValueError(
                f"{path}: {other} and {sample['img_path']} would share it: take output_dir out and use "
                f"`{tool_command('test', 'CONFIG', 'CHECKPOINT', '--out', 'DIR')}`, which keeps folders"
            )
        ids = pred.squeeze(0).cpu().numpy()
        write_label_map(path, ids, len(self.classes), bool(sample.get("reduce_zero_label", False)))

    def evaluate(self, size: int) -> dict[str, Any]:
        """Sum over ranks and compute the scores; with `format_only`, compute nothing."""
        if self.format_only:
            print_log(f"predictions are in {self.output_dir}", "current")
            return {}
        self.fetch()
        self.records = [r for part in all_gather_object(self._parts) for r in part] if self.per_image else []
        return super().evaluate(size)

    def scores(self, total: np.ndarray) -> dict[str, Any]:
        """Compute all keys; see the class."""
        classes = self.classes
        self.matrix, outside = total[:-1].reshape(len(classes), len(classes)), int(total[-1])
        areas = class_areas(self.matrix)
        scores = scores_from_areas(areas, self.beta)
        wanted = list(dict.fromkeys(name for group in self.metrics for name in _GROUPS[group]))
        absent = [c for c, union in zip(classes, areas[1] + areas[2], strict=True) if union == 0]
        results: dict[str, Any] = {k: 100 * v for k, v in global_scores(self.matrix).items()}
        scalars: dict[str, float] = {}
        for name in wanted:
            values = 100 * scores[name]
            if self.nan_to_num is not None:
                values = np.nan_to_num(values, nan=self.nan_to_num)
            results[f"m{name}"] = float(present_mean(values))
            scalars |= per_class(name, values, classes)
        if self.bootstrap:
            results |= self._interval()
        results |= scalars
        if absent:
            results["absent_classes"] = absent
        if outside:
            results["out_of_range_pixels"] = outside
        if is_main_process():
            self._log(scores, wanted, absent, outside)
        return results

    def _interval(self) -> dict[str, float]:
        areas = np.stack([areas for _, areas in self.records])
        low, high = bootstrap_interval(
            areas, lambda a: present_mean(scores_from_areas(a)["IoU"]), self.bootstrap
        )
        return {"mIoU_low": 100 * low, "mIoU_high": 100 * high}

    def _log(self, scores: dict[str, np.ndarray], wanted: list[str], absent: list[str], outside: int) -> None:
        table = Table("Class", *wanted)
        for i, name in enumerate(self.classes):
            if name not in absent:
                table.add_row(Text(name), *(f"{100 * scores[w][i]:.2f}" for w in wanted))
        console = Console(width=100, no_color=True)
        with console.capture() as captured:
            console.print(table)
        notes = (
            f"absent from truth and prediction, left out of the means: {', '.join(absent)}\n"
            if absent
            else ""
        )
        notes += f"{outside} pixels with ids outside the classes were left out\n" if outside else ""
        MMLogger.get_current_instance().info(f"per class, over all pixels:\n{captured.get()}{notes}")
