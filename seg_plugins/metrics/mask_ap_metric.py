"""Mask average precision as defined by COCO, computed by COCO's own code."""

import contextlib
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from mmengine.dist import all_gather_object
from mmengine.evaluator import BaseMetric
from mmseg.registry import METRICS

from seg_plugins.ops.instances import number_instances

from .summed_metric import per_class, require

__all__ = ["MaskAPMetric", "true_instances"]


def true_instances(
    labels: np.ndarray, instances: np.ndarray | None, things: Sequence[int], ignore_index: int = 255
) -> list[tuple[np.ndarray, int, bool]]:
    """Return the objects of an image that a model has to find, as `number_instances` cuts them.

    Args:
        labels: (H, W) class ids.
        instances: (H, W) instance ids, 0 = none; None uses the connected components of `things`.
        things: Class ids that have instances.
        ignore_index: Id of pixels without a label.

    Returns:
        (mask (H, W) bool, class id, ignored) per object, of any size. An object of the instance ids that is
        mostly unlabelled is ignored: it need not be found and is no false positive.
    """
    numbers, classes = number_instances(labels, things, instances)
    found = []
    for number, k in enumerate(classes.tolist(), 1):
        if k == ignore_index:
            found += [(numbers == number, int(t), True) for t in things]
        elif k in things:
            found.append((numbers == number, k, False))
    return found


@METRICS.register_module()
class MaskAPMetric(BaseMetric):
    """Mask AP (Lin et al., ECCV 2014; AP as on cocodataset.org), in 0..100, computed by pycocotools.

    Keys: `mask_AP` (mean over classes and the IoU thresholds 0.50:0.05:0.95), `mask_AP50`, `mask_AP75`, and
    `mask_AP.car` per class. Classes without a true instance are left out of the mean.

    The metric reads `pred_instances` (masks (n, H, W) bool, scores (n,), labels (n,) class ids). The truth is
    `gt_instance_map` (1, H, W) with `gt_sem_seg`; without the map, the connected components of the thing
    classes.

    Args:
        ignore_index: Ground-truth id of pixels without a label.
        max_detections: Largest number of predictions per image and class, best first.
        collect_device: Accepted for compatibility with other metrics.
        prefix: Prefix of every key.

    Raises:
        ImportError: If pycocotools is not installed.
    """

    default_prefix = ""

    def __init__(
        self,
        ignore_index: int = 255,
        max_detections: int = 100,
        collect_device: str = "cpu",
        prefix: str | None = None,
    ) -> None:
        super().__init__(collect_device=collect_device, prefix=prefix)
        try:
            import pycocotools.cocoeval  # noqa: F401
        except ImportError as error:
            raise ImportError('MaskAPMetric needs pycocotools: pip install "seg-plugins[coco]"') from error
        self.ignore_index = ignore_index
        self.max_detections = max_detections

    def _things(self) -> list[int]:
        classes = list(self.dataset_meta["classes"])
        names = self.dataset_meta.get("thing_classes", classes)
        return [classes.index(n) for n in names]

    def process(self, data_batch: Any, data_samples: Sequence[dict]) -> None:
        """Keep the run-length codes of a batch's true and predicted masks.

        Raises:
            ValueError: If a sample has no `pred_instances`.
        """
        things = self._things()
        for sample in data_samples:
            require(sample)
            if "pred_instances" not in sample:
                raise ValueError("MaskAPMetric needs a model that predicts instances (pred_instances)")
            require(sample, "gt_sem_seg")
            predicted = sample["pred_instances"]
            labels = _numpy(sample["gt_sem_seg"]["data"])[0]
            ids = _numpy(sample["gt_instance_map"]["data"])[0] if "gt_instance_map" in sample else None
            true = [
                dict(category_id=k, iscrowd=int(ignored), **_encode(mask))
                for mask, k, ignored in true_instances(labels, ids, things, self.ignore_index)
            ]
            scores, classes = _numpy(predicted["scores"]), _numpy(predicted["labels"])
            masks = _numpy(predicted["masks"]).astype(bool)
            found = [
                dict(category_id=int(k), score=float(s), **_encode(m))
                for m, s, k in zip(masks, scores, classes, strict=True)
            ]
            self.results.append((true, found, labels.shape))

    def evaluate(self, size: int) -> dict[str, float]:
        """Gather the codes of all ranks, which may hold different numbers of images, and compute."""
        images = [image for part in all_gather_object(self.results) for image in part]
        self.results.clear()
        results = self.compute_metrics(images)
        return {f"{self.prefix}/{k}": v for k, v in results.items()} if self.prefix else results

    def compute_metrics(self, results: list[tuple]) -> dict[str, float]:
        """Compute average precision from (true, predicted) annotations per image."""
        things = self._things()
        precision = _precision(results, things, self.max_detections)  # thresholds, recalls, classes
        names = [self.dataset_meta["classes"][k] for k in things]
        return {
            "mask_AP": _mean(precision),
            "mask_AP50": _mean(precision[:1]),
            "mask_AP75": _mean(precision[5:6]),
            **per_class("mask_AP", np.array([_mean(precision[..., i]) for i in range(len(things))]), names),
        }


def _precision(images: list[tuple], things: list[int], limit: int) -> np.ndarray:
    """Compute COCO's interpolated precision (10 thresholds, 101 recalls, classes); -1 without instances."""
    from pycocotools.coco import COCO
    from pycocotools.cocoeval import COCOeval

    sides = []
    with contextlib.redirect_stdout(io.StringIO()):
        for side in (0, 1):
            coco = COCO()
            annotations = [dict(a, image_id=i) for i, image in enumerate(images) for a in image[side]]
            coco.dataset = dict(
                images=[dict(id=i, height=h, width=w) for i, (_, _, (h, w)) in enumerate(images)],
                categories=[dict(id=k) for k in things],
                annotations=[dict(a, id=n) for n, a in enumerate(annotations, 1)],
            )
            coco.createIndex()
            sides.append(coco)
        evaluation = COCOeval(*sides, iouType="segm")
        evaluation.params.maxDets = [limit]
        evaluation.evaluate()
        evaluation.accumulate()
    return evaluation.eval["precision"][:, :, :, 0, 0]


def _mean(precision: np.ndarray) -> float:
    valid = precision[precision > -1]
    return float(100 * valid.mean()) if valid.size else float("nan")


def _numpy(values: torch.Tensor | np.ndarray) -> np.ndarray:
    return values.detach().cpu().numpy() if isinstance(values, torch.Tensor) else np.asarray(values)


def _encode(mask: np.ndarray) -> dict[str, Any]:
    from pycocotools import mask as codec

    code = codec.encode(np.asfortranarray(mask, dtype=np.uint8))
    return dict(segmentation=code, area=int(codec.area(code)), bbox=codec.toBbox(code).tolist())
