"""Calibration: whether pixels predicted with 90 % confidence are right in 90 % of cases."""

from typing import Any

import numpy as np
from mmseg.registry import METRICS
from torch import Tensor

from seg_plugins.ops.confidence import (
    calibration_bins,
    calibration_bins_on_device,
    calibration_errors,
    confidence_of_sample,
)

from .summed_metric import SummedMetric, label_path

__all__ = ["CalibrationMetric"]


@METRICS.register_module()
class CalibrationMetric(SummedMetric):
    """Expected and maximum calibration error (Guo et al. 2017) over the pixels of all images, in 0..100.

    The keys are `ECE` and `MCE`. After `evaluate`, the attribute `table` holds the reliability diagram: (3,
    bins) pixels, sum of confidences and right pixels per confidence bin.

    Args:
        bins: Number of equal-width bins of confidence.
        stride: Evaluate every `stride`-th row and column.
        ignore_index: Ground-truth id of pixels to leave out.
        collect_device: Accepted for compatibility with other metrics.
        prefix: Prefix of every key.
    """

    needs = ("pred_sem_seg", "gt_sem_seg")

    def __init__(
        self,
        bins: int = 15,
        stride: int = 1,
        ignore_index: int = 255,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if bins < 1 or stride < 1:
            raise ValueError("bins and stride must be at least 1")
        self.bins = bins
        self.stride = stride
        self.ignore_index = ignore_index
        self.table: np.ndarray | None = None

    def state_size(self) -> int:
        """Return the length of the state: three numbers per bin."""
        return 3 * self.bins

    def measure(self, sample: dict) -> np.ndarray | Tensor:
        """Compute the bins of one image, flattened.

        Raises:
            ValueError: If the sample holds neither `seg_logits` nor `pred_confidence`.
        """
        confidence = confidence_of_sample(sample, self.stride)
        if confidence is None:
            raise ValueError(
                f"{label_path(sample)}: the prediction holds neither seg_logits nor pred_confidence, which "
                "calibration needs; test-time augmentation drops them: remove CalibrationMetric there"
            )
        pred, true = (
            sample[key]["data"][0, :: self.stride, :: self.stride] for key in ("pred_sem_seg", "gt_sem_seg")
        )
        if confidence.device.type != "cpu":
            valid = true != self.ignore_index
            return calibration_bins_on_device(confidence, pred == true, valid, self.bins).flatten()
        pred, true = pred.numpy(), true.numpy()
        valid = true != self.ignore_index
        values = confidence.detach().numpy()[valid].astype(np.float64)
        return calibration_bins(values, pred[valid] == true[valid], self.bins).ravel()

    def scores(self, total: np.ndarray) -> dict[str, Any]:
        """Compute ECE and MCE."""
        self.table = total.reshape(3, self.bins)
        return {k: 100 * v for k, v in calibration_errors(self.table).items()}
