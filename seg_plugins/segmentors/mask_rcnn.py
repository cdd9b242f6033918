"""Mask R-CNN with a semantic FPN branch: instances of things over a semantic map of everything."""

from collections.abc import Sequence

import torch
from mmengine.structures import InstanceData
from mmseg.models.segmentors import EncoderDecoder
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from torch import Tensor

from seg_plugins.ops.constants import device_constant
from seg_plugins.ops.image_frame import in_image_frame, metas_of, padding_of
from seg_plugins.ops.instances import Instances, instances_from_maps, paste_into_logits, paste_mask

from .thing_classes import checked_things

__all__ = ["MaskRCNN"]


@MODELS.register_module()
class MaskRCNN(EncoderDecoder):
    """Mask R-CNN (He et al., ICCV 2017) whose decode head is the semantic branch of Panoptic FPN.

    The semantic map comes from that branch (Kirillov et al., Panoptic Feature Pyramid Networks, CVPR 2019,
    section 3). Instances are pasted over it in order of score. Pure PyTorch, no compiled operator.

    Args:
        rpn_head: Config of an `RPNHead`.
        box_head: Config of a `BoxHead`; its class count is taken from `thing_ids`.
        mask_head: Config of a `MaskHead`; likewise.
        thing_ids: Ids of the thing classes, or the registered data set whose METAINFO names them.
        paste_threshold: Instances of a lower score are not pasted into the semantic map, 0.5..1.
        kwargs: `backbone`, `neck`, `decode_head` and the rest of upstream's `EncoderDecoder`.

    Training instances come from the sample's `gt_instance_map` if it has one (ids, 0 for none), else from the
    connected components of the thing classes of `gt_sem_seg`. An image without instances is trained on too.

    `predict` returns upstream's `pred_sem_seg` and `seg_logits`, and `pred_instances` with `bboxes` (D, 4) in
    pixels of the original image, `labels` (D,) class ids, `scores` (D,) in 0..1 and `masks` (D, H, W) bool.
    With `test_cfg.mode="slide"` there are no `pred_instances`: a window may cut a thing in two.

    Raises:
        ValueError: `thing_ids` is empty or holds an id that is not a class.
    """

    def __init__(
        self,
        rpn_head: dict,
        box_head: dict,
        mask_head: dict,
        thing_ids: Sequence[int] | str,
        paste_threshold: float = 0.5,
        **kwargs: object,
    ) -> None:
        super().__init__(**kwargs)
        self.thing_ids = checked_things(thing_ids, self.num_classes)
        self.paste_threshold = paste_threshold
        self.rpn_head = MODELS.build(rpn_head)
        self.box_head = MODELS.build({**box_head, "num_classes": len(self.thing_ids)})
        self.mask_head = MODELS.build({**mask_head, "num_classes": len(self.thing_ids)})

    def loss(self, inputs: Tensor, data_samples: list[SegDataSample]) -> dict[str, Tensor]:
        """Compute the losses of the semantic branch, the proposals, the boxes and the masks.

        Args:
            inputs: (N, C, H, W) normalised images.
            data_samples: N samples with `gt_sem_seg` and, optionally, `gt_instance_map`.

        Returns:
            Scalars whose names contain `loss`, to be summed.
        """
        features = self.extract_feat(inputs)
        losses = self._decode_head_forward_train(features, data_samples)
        targets = [self._targets(sample) for sample in data_samples]
        rpn_losses, proposals = self.rpn_head.loss(features, targets, tuple(inputs.shape[2:]))
        box_losses, positives = self.box_head.loss(features, proposals, targets)
        return losses | rpn_losses | box_losses | self.mask_head.loss(features, positives, targets)

    def _targets(self, sample: SegDataSample) -> Instances:
        instance_map = sample.gt_instance_map.data[0] if "gt_instance_map" in sample else None
        sem_seg = sample.gt_sem_seg.data[0]
        if instance_map is not None:  # only gt_sem_seg is padded to the size of the batch
            sem_seg = sem_seg[: instance_map.shape[0], : instance_map.shape[1]]
        return instances_from_maps(sem_seg, self.thing_ids, instance_map)

    def encode_decode(self, inputs: Tensor, batch_img_metas: list[dict]) -> Tensor:
        """Compute (N, K, H, W) logits of (N, C, H, W) images, with the instances pasted in."""
        return self._segment(inputs, batch_img_metas)[0]

    def _segment(self, inputs: Tensor, metas: list[dict]) -> tuple[Tensor, list[InstanceData]]:
        features = self.extract_feat(inputs)
        logits = self.decode_head.predict(features, metas, self.test_cfg)
        shape = tuple(inputs.shape[2:])
        proposals = self.rpn_head.predict(features, shape)
        detections = self.box_head.predict(features, proposals, shape)
        boxes, labels = [d[0] for d in detections], [d[2] for d in detections]
        probabilities = self.mask_head.predict(features, boxes, labels)
        things = device_constant(self.thing_ids, torch.long, inputs.device)
        merged, instances = [], []
        for logit, (box, score, label), probability in zip(logits, detections, probabilities, strict=True):
            masks = torch.zeros(len(box), *logit.shape[1:], dtype=torch.bool, device=inputs.device)
            rows = torch.cat([box, score[:, None], label[:, None].to(box)], 1).tolist()  # one wait per image
            pasted = []
            for mask, small, (*corners, sure, kind) in zip(masks, probability, rows, strict=True):
                *place, stretched = paste_mask(small, corners, tuple(logit.shape[1:]))
                part = stretched > 0.5
                mask[place[0], place[1]] = part
                if sure >= self.paste_threshold:
                    pasted.append((part, place, self.thing_ids[int(kind)], sure))
            merged.append(paste_into_logits(logit, *zip(*pasted, strict=True)) if pasted else logit)
            instances.append(InstanceData(bboxes=box, scores=score, labels=things[label], masks=masks))
        return torch.stack(merged), instances

    def predict(self, inputs: Tensor, data_samples: list[SegDataSample] | None = None) -> list[SegDataSample]:
        """Predict the semantic map and the instances of every image; see the class.

        Args:
            inputs: (N, C, H, W) normalised images.
            data_samples: N samples with upstream's image meta data, or None for the input's own size.
        """
        if self.test_cfg.get("mode", "whole") == "slide":
            return super().predict(inputs, data_samples)
        metas = metas_of(inputs, data_samples)
        logits, instances = self._segment(inputs, metas)
        results = self.postprocess_result(logits, data_samples)
        for result, instance, meta in zip(results, instances, metas, strict=True):
            result.pred_instances = _to_original(instance, meta)
        return results


def _to_original(instances: InstanceData, meta: dict) -> InstanceData:
    """Map instances from the network's input to the original image: unpad, unflip, resize."""
    left, _, top, _ = padding_of(meta)
    masks = in_image_frame(instances.masks, meta)
    like = instances.bboxes
    boxes = like - device_constant((left, top, left, top), like.dtype, like.device)
    height, width = masks.shape[1:]
    if meta.get("flip"):
        horizontal = meta["flip_direction"] == "horizontal"
        x1, y1, x2, y2 = boxes.unbind(1)
        corners = [width - x2, y1, width - x1, y2] if horizontal else [x1, height - y2, x2, height - y1]
        boxes = torch.stack(corners, 1)
    shape = tuple(meta["ori_shape"][:2])
    scale = device_constant((shape[1] / width, shape[0] / height) * 2, boxes.dtype, boxes.device)
    if masks.shape[1:] != shape:
        rows, columns = (
            ((torch.arange(new, device=masks.device) + 0.5) * old / new).long().clamp(max=old - 1)
            for new, old in zip(shape, (height, width), strict=True)
        )
        masks = masks[:, rows][:, :, columns]
    return InstanceData(bboxes=boxes * scale, scores=instances.scores, labels=instances.labels, masks=masks)
