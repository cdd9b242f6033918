"""Agreement of outlines: boundary F1, Boundary IoU, trimap accuracy."""

from typing import Any

import numpy as np
import torch
from mmseg.registry import METRICS

from seg_plugins.ops.boundaries import boundary_areas, boundary_counts, boundary_f1, boundary_map, near
from seg_plugins.ops.confusion import class_areas, confusion_matrix, present_mean, scores_from_areas

from .summed_metric import SummedMetric, label_path, per_class

__all__ = ["BoundaryMetric"]


@METRICS.register_module()
class BoundaryMetric(SummedMetric):
    """Boundary F1 (Csurka et al. 2013) and Boundary IoU (Cheng et al. 2021), in 0..100.

    Keys, and what they average over:

    * `mBF1`: each image's mean over the classes present in truth or prediction, then the mean over images.
      `BF1.road`: mean over the images where the class is present.
    * `mBIoU`, `BIoU.road`: areas summed over all images first, as for IoU, then the mean over classes.
    * `trimapAcc`, `trimapIoU` (optional): pixel accuracy and mean IoU over the pixels of all images within
      `trimap_width` of a true boundary (Kohli et al., IJCV 82, 2009, section 5).

    Pixels without ground truth are not counted and make no boundary.

    Args:
        tolerance: Largest distance at which boundaries match in BF1, as a fraction of the image diagonal.
        dilation: Width of the bands of Boundary IoU, as a fraction of the image diagonal; at least one pixel.
        trimap_width: Half width of the trimap in pixels; None omits the trimap keys.
        ignore_index: Ground-truth id of pixels to leave out.
        rejected: Predicted id of pixels that the model refused to label (`ConfidenceThreshold`); these are
            left out.
        collect_device: Accepted for compatibility with other metrics; the sums are reduced where the process
            group lives.
        prefix: Prefix of every key.
    """

    needs = ("pred_sem_seg", "gt_sem_seg")

    def __init__(
        self,
        tolerance: float = 0.0075,
        dilation: float = 0.02,
        trimap_width: float | None = None,
        ignore_index: int = 255,
        collect_device: str = "cpu",
        prefix: str | None = None,
        rejected: int | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if tolerance <= 0 or dilation <= 0 or (trimap_width is not None and trimap_width <= 0):
            raise ValueError("tolerance, dilation and trimap_width must be above 0")
        self.tolerance = tolerance
        self.dilation = dilation
        self.trimap_width = trimap_width
        self.ignore_index = ignore_index
        self.rejected = rejected

    def state_size(self) -> int:
        """Return the length of the state: score and count, F1 sums and counts, three areas, trimap matrix."""
        k = len(self.classes)
        return 2 + 5 * k + (k * k if self.trimap_width is not None else 0)

    def measure(self, sample: dict) -> np.ndarray:
        """Compute scores and areas of one image; see `state_size`."""
        k = len(self.classes)
        pred, true = _maps(*(sample[key]["data"] for key in ("pred_sem_seg", "gt_sem_seg")))
        valid = true != self.ignore_index
        if self.rejected is not None:
            valid &= pred != self.rejected
        _check(pred, true, valid, k, label_path(sample))
        pred, true = np.where(valid, pred, 0), np.where(valid, true, 0)
        diagonal = float(np.hypot(*true.shape))
        f1 = boundary_f1(boundary_counts(pred, true, valid, k, self.tolerance * diagonal))
        image = present_mean(f1)
        width = max(1, round(self.dilation * diagonal))
        parts = [
            [np.nan_to_num(image), float(not np.isnan(image))],
            np.nan_to_num(f1),
            ~np.isnan(f1),
            boundary_areas(pred, true, valid, k, width).ravel(),
        ]
        if self.trimap_width is not None:
            band = near(boundary_map(true, valid), self.trimap_width) & valid
            parts.append(confusion_matrix(pred[band], true[band], k, None).matrix.ravel())
        return np.concatenate(parts).astype(np.float64)

    def scores(self, total: np.ndarray) -> dict[str, Any]:
        """Compute all keys; see the class."""
        k = len(self.classes)
        sums, counts, areas, matrix = np.split(total[2:], [k, 2 * k, 5 * k])
        with np.errstate(divide="ignore", invalid="ignore"):
            f1 = 100 * sums / counts
            results = {"mBF1": float(100 * total[0] / total[1])}
        iou = 100 * scores_from_areas(areas.reshape(3, k))["IoU"]
        results["mBIoU"] = float(present_mean(iou))
        if self.trimap_width is not None:
            matrix = matrix.reshape(k, k)
            with np.errstate(divide="ignore", invalid="ignore"):
                results["trimapAcc"] = float(100 * np.trace(matrix) / matrix.sum())
            results["trimapIoU"] = float(100 * present_mean(scores_from_areas(class_areas(matrix))["IoU"]))
        return results | per_class("BF1", f1, self.classes) | per_class("BIoU", iou, self.classes)


def _maps(pred: torch.Tensor, true: torch.Tensor) -> tuple[np.ndarray, np.ndarray]:
    """Return both maps as int64 (H, W); one wait if they lie on a GPU."""
    both = torch.stack([pred.squeeze(0).long(), true.squeeze(0).long().to(pred.device)])
    return tuple(both.cpu().numpy())


def _check(pred: np.ndarray, true: np.ndarray, valid: np.ndarray, num_classes: int, path: str) -> None:
    """Refuse ids outside the classes at labelled pixels; the message names the file."""
    for name, ids in (("ground-truth", true), ("predicted", pred)):
        wrong = valid & ((ids < 0) | (ids >= num_classes))
        if wrong.any():
            raise ValueError(
                f"{path}: {name} ids {np.unique(ids[wrong]).tolist()} are outside 0..{num_classes - 1}; "
                "correct the labels, or the model's class count"
            )
