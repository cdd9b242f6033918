"""A network of mask queries that predicts instances and panoptic segments beside the semantic map."""

from collections.abc import Sequence

import torch
from mmengine.structures import InstanceData, PixelData
from mmseg.models.segmentors import EncoderDecoder
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import Tensor

from seg_plugins.decode_heads.mask_classification_head import MaskClassificationHead
from seg_plugins.ops.constants import device_constant
from seg_plugins.ops.image_frame import in_image_frame, metas_of
from seg_plugins.ops.mask_queries import MaskPrediction, full_size_masks, resized_masks
from seg_plugins.ops.panoptic import merged_segments

from .thing_classes import checked_things

__all__ = ["PanopticEncoderDecoder"]


@MODELS.register_module()
class PanopticEncoderDecoder(EncoderDecoder):
    """`EncoderDecoder` for `EoMTHead` and `MaskedAttentionHead` whose queries learn single instances.

    A query learns an instance of a thing class, or all pixels of another class. Training instances come from
    `gt_instance_map` if a sample has one (ids, 0 for none), else from the connected components of the thing
    classes. `predict` returns, beside upstream's `pred_sem_seg` and `seg_logits`:

    * `pred_instances`: `bboxes` (D, 4) x1, y1, x2, y2 in pixels of the original image, `labels` (D,) class
      ids, `scores` (D,) in 0..1 (class probability times the mean probability inside the mask), `masks`
      (D, H, W) bool, which may overlap;
    * `pred_panoptic_seg` (2, H, W) int64: class ids and segment numbers, which do not overlap; where there is
      no segment, the number is 0 and the class is that of `ignore_index`.

    With `test_cfg.mode="slide"` there is neither: a window may cut an instance in two. Test-time augmentation
    merges semantic scores only, and leaves no `pred_panoptic_seg`.

    Args:
        thing_ids: Ids of the thing classes, or the registered data set whose METAINFO names them.
        segment_threshold: Queries of a lower class probability are no panoptic segments, 0..1.
        overlap_threshold: Share of its mask that a segment has to keep where others win, 0..1.
        kwargs: `backbone`, `neck`, `decode_head` and the rest of upstream's `EncoderDecoder`.

    Raises:
        ValueError: The head has no mask queries, or `thing_ids` is empty or holds an id that is not a class.
    """

    def __init__(
        self,
        thing_ids: Sequence[int] | str,
        segment_threshold: float = 0.8,
        overlap_threshold: float = 0.8,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        if not isinstance(self.decode_head, MaskClassificationHead):
            raise ValueError(
                f"PanopticEncoderDecoder: model.decode_head.type={type(self.decode_head).__name__} has no "
                "mask queries: use EoMTHead or MaskedAttentionHead, or type='EncoderDecoder'"
            )
        self.thing_ids = self.decode_head.thing_ids = checked_things(thing_ids, self.num_classes)
        self.segment_threshold, self.overlap_threshold = segment_threshold, overlap_threshold

    def predict(self, inputs: Tensor, data_samples: list[SegDataSample] | None = None) -> list[SegDataSample]:
        """Predict the semantic map, the instances and the segments of every image; see the class.

        Args:
            inputs: (N, C, H, W) normalised images.
            data_samples: N samples with upstream's image meta data, or None for the input's own size.
        """
        if self.test_cfg.get("mode", "whole") == "slide":
            return super().predict(inputs, data_samples)
        metas = metas_of(inputs, data_samples)
        prediction = self.decode_head(self.extract_feat(inputs))[-1]
        logits = self.decode_head.predict_by_feat([prediction], metas)
        results = self.postprocess_result(logits, data_samples)
        size = tuple(inputs.shape[2:])
        for number, (result, meta) in enumerate(zip(results, metas, strict=True)):
            self._add_segments(result, prediction, number, size, meta)
        return results

    def _add_segments(
        self,
        result: SegDataSample,
        prediction: MaskPrediction,
        number: int,
        size: tuple[int, int],
        meta: dict,
    ) -> None:
        scores, classes = prediction.classes[number].float().softmax(-1).max(-1)
        kept = torch.nonzero(classes < self.num_classes)[:, 0]  # the others are "no object"
        scores, classes = scores[kept], classes[kept]
        own = prediction._replace(masks=prediction.masks[number : number + 1, kept].float())
        masks = in_image_frame(full_size_masks(own, size)[0], meta)
        shape = tuple(meta["ori_shape"][:2])
        if masks.shape[1:] != shape:
            masks = resized_masks(masks[None], shape)[0]
        strong = scores >= self.segment_threshold
        numbers, kinds = merged_segments(
            classes[strong], scores[strong], masks[strong], self.thing_ids, self.overlap_threshold
        )
        kinds = torch.cat([kinds.new_full((1,), self.decode_head.ignore_index), kinds])
        result.pred_panoptic_seg = PixelData(data=torch.stack([kinds[numbers], numbers]))
        things = torch.isin(classes, device_constant(self.thing_ids, torch.long, classes.device))
        result.pred_instances = _instances(classes[things], scores[things], masks[things])


def _instances(classes: Tensor, scores: Tensor, masks: Tensor) -> InstanceData:
    inside = masks > 0
    found = inside.any(2).any(1)
    classes, scores, masks, inside = classes[found], scores[found], masks[found], inside[found]
    sure = (masks.sigmoid() * inside).sum((1, 2)) / inside.sum((1, 2))
    sides = []
    for seen in (inside.any(1), inside.any(2)):  # columns, then rows
        places = torch.arange(seen.shape[1], device=seen.device).expand_as(seen)
        first = places.masked_fill(~seen, seen.shape[1]).amin(1)
        sides.append((first, places.masked_fill(~seen, -1).amax(1) + 1))
    (x1, x2), (y1, y2) = sides
    boxes = torch.stack([x1, y1, x2, y2], 1).float()
    return InstanceData(bboxes=boxes, labels=classes, scores=scores * sure, masks=inside)
