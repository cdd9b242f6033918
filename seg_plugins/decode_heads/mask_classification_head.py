"""The base of heads whose queries predict masks and their classes."""

from collections.abc import Sequence
from typing import Any

from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.structures import SegDataSample
from torch import Tensor
from torch.nn.functional import pad

from seg_plugins.ops.mask_queries import (
    MaskPrediction,
    MaskTargets,
    class_masks,
    full_size_masks,
    segment_masks,
    semantic_logits,
)

__all__ = ["MaskClassificationHead"]


class MaskClassificationHead(BaseDecodeHead):
    """Base of heads whose queries each predict a mask and its class (Cheng et al., NeurIPS 2021).

    `forward` returns a list of `MaskPrediction`, that of the last layer last; in evaluation it has one entry.
    Every entry has the losses of `loss_decode`. `predict` gives the logarithm of class scores, so everything
    that reads logits (windows, test-time augmentation, metrics, post-processing) works.

    Args:
        num_classes: K.
        num_queries: Q, at least K: a query finds one segment.
        fewer_queries: Allow Q below K, for data whose images hold at most Q classes each. Published
            trainings on the 150 classes of ADE20K have 100 queries.
        loss_decode: A loss of sets of masks.
        kwargs: Of `BaseDecodeHead`.

    Raises:
        ValueError: There are fewer queries than classes, without `fewer_queries`.
    """

    thing_ids: tuple[int, ...] = ()  # classes whose instances are segments of their own
    loss_takes_logits = False  # but classes and masks of queries

    def __init__(
        self,
        *,
        num_classes: int,
        num_queries: int,
        fewer_queries: bool = False,
        loss_decode: dict | None = None,
        **kwargs: Any,
    ) -> None:
        if num_queries < (1 if fewer_queries else num_classes):
            raise ValueError(
                f"{type(self).__name__}: num_queries={num_queries} is below num_classes={num_classes}, and a "
                "query finds one segment: set model.decode_head.num_queries to at least that number, "
                "or fewer_queries=True if no image holds more classes than there are queries"
            )
        super().__init__(
            num_classes=num_classes,
            out_channels=num_classes,
            loss_decode=loss_decode or dict(type="MaskSetLoss"),
            **{"dropout_ratio": 0.0, "init_cfg": None, **kwargs},
        )
        del self.conv_seg  # queries classify, not pixels
        self.num_queries = num_queries

    def loss_by_feat(
        self, seg_logits: Sequence[MaskPrediction], batch_data_samples: list[SegDataSample]
    ) -> dict[str, Tensor]:
        """Compute the losses of all layers; those before the last have names that begin with `layer_N.`.

        Args:
            seg_logits: What `forward` returned.
            batch_data_samples: N samples with `gt_sem_seg`.
        """
        targets = [self.targets_of(sample, seg_logits[-1].canvas) for sample in batch_data_samples]
        losses = dict(self.loss_decode(seg_logits[-1], targets))
        for number, prediction in enumerate(seg_logits[:-1]):
            own = self.loss_decode(prediction, targets)
            losses.update({f"layer_{number}.{name}": value for name, value in own.items()})
        return losses

    def targets_of(self, sample: SegDataSample, canvas: tuple[int, int] | None) -> MaskTargets:
        """Return the segments of a sample, on the canvas of the predicted masks."""
        label, instances = sample.gt_sem_seg.data[0], None
        if self.thing_ids and "gt_instance_map" in sample:
            instances = sample.gt_instance_map.data[0]
        height, width = canvas or label.shape
        label = _padded(label, height, width, self.ignore_index)
        if not self.thing_ids:
            return class_masks(label, self.num_classes, self.ignore_index)
        if instances is not None:  # upstream pads gt_sem_seg alone to the size of the batch
            instances = _padded(instances, height, width, 0)
        return segment_masks(label, instances, self.thing_ids, self.num_classes, self.ignore_index)

    def predict_by_feat(self, seg_logits: Sequence[MaskPrediction], batch_img_metas: list[dict]) -> Tensor:
        """Compute the logarithm of the class scores (N, K, H, W) float32 at the size of the input."""
        meta = batch_img_metas[0]
        size = meta.get("pad_shape", meta["img_shape"])
        if type(meta["img_shape"]).__name__ == "Size":  # of a window, see `BaseDecodeHead`
            size = meta["img_shape"]
        return semantic_logits(seg_logits[-1].classes, full_size_masks(seg_logits[-1], tuple(size)[:2]))


def _padded(values: Tensor, height: int, width: int, value: int) -> Tensor:
    return pad(values, (0, width - values.shape[1], 0, height - values.shape[0]), value=value)
