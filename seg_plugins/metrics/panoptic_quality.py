"""Panoptic quality: how many segments are found, and how well."""

from collections.abc import Sequence
from typing import Any, ClassVar

import numpy as np
import torch
from mmseg.registry import METRICS

from seg_plugins.ops.panoptic import panoptic_counts, true_segments

from .summed_metric import SummedMetric, per_class, require

__all__ = ["PanopticQuality"]


@METRICS.register_module()
class PanopticQuality(SummedMetric):
    """Panoptic quality (Kirillov et al., CVPR 2019, section 4), in 0..100, with panopticapi's rules.

    For each class, the sum of the IoUs of matched segments / (matches + half of the missed segments + half of
    the false ones), over the segments of all images. Keys: `PQ`, the mean over the classes that have a
    segment, true or predicted; `SQ`, the same of the mean IoU of matches; `RQ`, the same of the F1 score;
    `PQ_things` and `PQ_stuff`, the means over thing classes and over the others; `PQ.car` per class.

    The metric reads `pred_panoptic_seg` (2, H, W): class ids and segment numbers, 0 where there is no
    segment. The truth is `gt_instance_map` (1, H, W) with `gt_sem_seg`; without the map, instances are the
    connected components of the thing classes.

    Args:
        ignore_index: Ground-truth id of pixels without a label.
        kwargs: Of `SummedMetric`.
    """

    needs: ClassVar[tuple[str, ...]] = ("gt_sem_seg",)

    def __init__(self, ignore_index: int = 255, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.ignore_index = ignore_index

    @property
    def things(self) -> list[int]:
        """Class ids of the data set's `thing_classes`; all classes if it names none."""
        names = self.dataset_meta.get("thing_classes", self.classes)
        return [list(self.classes).index(name) for name in names]

    def state_size(self) -> int:
        """Return 4 K."""
        return 4 * len(self.classes)

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Add the samples of a batch.

        Raises:
            ValueError: A sample has no `pred_panoptic_seg`.
        """
        for sample in data_samples:
            require(sample)
            if "pred_panoptic_seg" not in sample:
                raise ValueError(
                    "PanopticQuality needs a model that predicts segments (pred_panoptic_seg): "
                    "model.type='PanopticEncoderDecoder' on whole images, with test_cfg.mode='whole' and "
                    "without --tta"
                )
        super().process(data_batch, data_samples)

    def measure(self, sample: dict) -> np.ndarray:
        """Count the matches and the other segments of an image."""
        labels = _numpy(sample["gt_sem_seg"]["data"])[0]
        ids = _numpy(sample["gt_instance_map"]["data"])[0] if "gt_instance_map" in sample else None
        true = true_segments(labels, ids, self.things, self.ignore_index)
        class_map, numbers = _numpy(sample["pred_panoptic_seg"]["data"])
        found, places, numbers = np.unique(numbers, return_index=True, return_inverse=True)
        classes = class_map.ravel()[places]
        if found[0] != 0:  # every pixel has a segment
            numbers = numbers + 1
        else:
            classes = classes[1:]
        return panoptic_counts(true, numbers.reshape(labels.shape), classes, len(self.classes)).ravel()

    def scores(self, total: np.ndarray) -> dict[str, float]:
        """Compute the qualities from the counts of all images."""
        iou, matches, false, missed = total.reshape(-1, 4).T
        segments = matches + (false + missed) / 2
        with np.errstate(invalid="ignore", divide="ignore"):
            recognition = np.where(segments > 0, matches / segments, np.nan)
            segmentation = np.where(segments > 0, np.where(matches > 0, iou / matches, 0.0), np.nan)
        quality = 100 * recognition * segmentation
        is_thing = np.isin(np.arange(len(quality)), self.things)
        return {
            "PQ": _mean(quality),
            "SQ": _mean(100 * segmentation),
            "RQ": _mean(100 * recognition),
            "PQ_things": _mean(quality[is_thing]),
            "PQ_stuff": _mean(quality[~is_thing]),
            **per_class("PQ", quality, self.classes),
        }


def _mean(values: np.ndarray) -> float:
    values = values[~np.isnan(values)]
    return float(values.mean()) if values.size else float("nan")


def _numpy(values: torch.Tensor | np.ndarray) -> np.ndarray:
    return values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)
