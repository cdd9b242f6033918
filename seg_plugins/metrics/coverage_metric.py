"""Accuracy against coverage: the benefit of refusing to label uncertain pixels."""

from typing import Any

import numpy as np
import torch
from mmseg.registry import METRICS
from torch import Tensor

from seg_plugins.ops.confidence import calibration_bins, calibration_bins_on_device, confidence_of_sample
from seg_plugins.ops.coverage import COVERAGE_BINS, coverage_curve, coverage_scores

from .summed_metric import SummedMetric, label_path

__all__ = ["CoverageMetric"]


@METRICS.register_module()
class CoverageMetric(SummedMetric):
    """Accuracy of the pixels that `ConfidenceThreshold` would keep, over the pixels of all images, in 0..100.

    Sources: El-Yaniv and Wiener, On the Foundations of Noise-free Selective Classification, JMLR 11, 2010;
    AURC: Geifman and El-Yaniv, Selective Classification for Deep Neural Networks, NeurIPS 2017.

    Keys: `acc@90`, accuracy of the most confident pixels that make up 90 % of all, one key for each of
        `coverages`; `AURC`, area under the curve of error against coverage, smaller is better
        (`coverage_scores` states the error due to binning); `coverage`, share of pixels that were labelled.
        After `evaluate`, the attribute `curve` holds (2, bins) coverage, accuracy. Compare thresholds on
        models without `ConfidenceThreshold`: pixels that it rejected count as wrong here.

    Args:
        coverages: Shares of pixels kept, in per cent.
        bins: Thresholds, evenly spaced in 0..1.
        stride: Evaluate every `stride`-th row and column.
        ignore_index: Ground-truth id of pixels to leave out.
        rejected: Predicted id of pixels that were not labelled.
        collect_device: Accepted for compatibility with other metrics.
        prefix: Prefix of every key.
    """

    needs = ("pred_sem_seg", "gt_sem_seg")

    def __init__(
        self,
        coverages: tuple[int, ...] = (100, 95, 90, 80, 50),
        bins: int = COVERAGE_BINS,
        stride: int = 1,
        ignore_index: int = 255,
        rejected: int = 255,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        if bins < 1 or stride < 1 or not all(0 < c <= 100 for c in coverages):
            raise ValueError("bins and stride must be at least 1, coverages within 0..100")
        self.coverages = coverages
        self.bins = bins
        self.stride = stride
        self.ignore_index = ignore_index
        self.rejected = rejected
        self.curve: np.ndarray | None = None

    def state_size(self) -> int:
        """Return the length of the state: three numbers per bin, and the number of pixels labelled."""
        return 3 * self.bins + 1

    def measure(self, sample: dict) -> np.ndarray | Tensor:
        """Compute the bins of one image, flattened, and the number of its labelled pixels.

        Raises:
            ValueError: The sample holds neither `seg_logits` nor `pred_confidence`.
        """
        confidence = confidence_of_sample(sample, self.stride)
        if confidence is None:
            raise ValueError(
                f"{label_path(sample)}: the prediction holds neither seg_logits nor pred_confidence"
            )
        pred, true = (
            sample[key]["data"][0, :: self.stride, :: self.stride] for key in ("pred_sem_seg", "gt_sem_seg")
        )
        if confidence.device.type != "cpu":
            valid = true != self.ignore_index
            table = calibration_bins_on_device(confidence, pred == true, valid, self.bins)
            labelled = (valid & (pred != self.rejected)).sum(dtype=table.dtype)
            return torch.cat([table.flatten(), labelled[None]])
        pred, true = pred.numpy(), true.numpy()
        valid = true != self.ignore_index
        values = confidence.detach().numpy()[valid].astype(np.float64)
        bins = calibration_bins(values, pred[valid] == true[valid], self.bins)
        return np.append(bins.ravel(), (pred[valid] != self.rejected).sum())

    def scores(self, total: np.ndarray) -> dict[str, Any]:
        """Compute the accuracy at each coverage and the area; empty if no pixel has ground truth."""
        table = total[:-1].reshape(3, self.bins)
        self.curve = np.stack(coverage_curve(table))
        found = {k: 100 * v for k, v in coverage_scores(table, self.coverages).items()}
        if found:
            found["coverage"] = 100 * float(total[-1] / table[0].sum())
        return found
