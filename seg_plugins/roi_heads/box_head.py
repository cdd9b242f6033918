"""Box head of Fast/Faster/Mask R-CNN: the class of a proposal, and a refined box."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from seg_plugins.ops.boxes import box_iou, clip_boxes, decode_boxes, encode_boxes, grouped_nms
from seg_plugins.ops.instances import Instances
from seg_plugins.ops.matching import match_boxes, sample_matches
from seg_plugins.ops.roi_align import pyramid_roi_align

__all__ = ["BoxHead", "to_rois"]


def to_rois(boxes: Sequence[Tensor]) -> Tensor:
    """Concatenate N tensors (R_i, 4) to (sum R_i, 5), image index first."""
    return torch.cat([torch.cat([b.new_full((len(b), 1), i), b], 1) for i, b in enumerate(boxes)])


@MODELS.register_module()
class BoxHead(BaseModule):
    """Two fully connected layers on RoIAligned features (Lin et al., FPN, CVPR 2017, section 4.2).

    Args:
        in_channels: channels of the pyramid.
        strides: pixels per cell of the levels that regions are taken from, finest first.
        num_classes: thing classes K.
        channels: width of the two layers.
        roi_size: bins along each side of a region.
        canonical_size: side in pixels of a box that belongs to the stride-16 level.
        samples: Proposals per image to train on, at most a quarter of them positive.
        score_threshold: Detections of a lower score are dropped, 0..1.
        nms_threshold: IoU in 0..1 above which the box of the lower score is dropped, within a class.
        detections: Largest number of detections per image.
    """

    STDS = (0.1, 0.1, 0.2, 0.2)

    def __init__(
        self,
        in_channels: int,
        strides: Sequence[int],
        num_classes: int,
        channels: int = 1024,
        roi_size: int = 7,
        canonical_size: float = 224.0,
        samples: int = 512,
        score_threshold: float = 0.05,
        nms_threshold: float = 0.5,
        detections: int = 100,
        init_cfg: dict | None = None,
    ) -> None:
        outputs = [dict(name="classification", std=0.01), dict(name="regression", std=0.001)]
        outputs = [dict(type="Normal", **output) for output in outputs]
        super().__init__(init_cfg or dict(type="Xavier", layer="Linear", override=outputs))
        self.strides, self.roi_size, self.canonical_size = tuple(strides), roi_size, canonical_size
        self.num_classes, self.samples, self.detections = num_classes, samples, detections
        self.score_threshold, self.nms_threshold = score_threshold, nms_threshold
        self.fc1 = nn.Linear(in_channels * roi_size**2, channels)
        self.fc2 = nn.Linear(channels, channels)
        self.classification = nn.Linear(channels, num_classes + 1)
        self.regression = nn.Linear(channels, 4 * num_classes)

    def forward(self, features: Sequence[Tensor], rois: Tensor) -> tuple[Tensor, Tensor]:
        """Compute class logits (R, K + 1), background last, and box regressions (R, K, 4), float32."""
        levels = list(features[: len(self.strides)])
        pooled = pyramid_roi_align(levels, self.strides, rois, self.roi_size, self.canonical_size)
        hidden = F.relu(self.fc2(F.relu(self.fc1(pooled.flatten(1)))))
        regression = self.regression(hidden).view(-1, self.num_classes, 4)
        return self.classification(hidden).float(), regression.float()

    def loss(
        self, features: Sequence[Tensor], proposals: list[Tensor], targets: list[Instances]
    ) -> tuple[dict[str, Tensor], list[tuple[Tensor, Tensor]]]:
        """Compute the losses of one batch, and the positive regions to train the mask head on.

        Args:
            features: one (N, C, H_l, W_l) a level.
            proposals: N tensors (R, 4); the true boxes are added to them.
            targets: N images' instances.

        Returns:
            `loss_box_cls`, `loss_box_reg`; per image the boxes (P, 4) and the instance (P,) of each.
        """
        boxes, labels, wanted, positives = [], [], [], []
        for proposal, target in zip(proposals, targets, strict=True):
            proposal = torch.cat([proposal, target.boxes])
            match = match_boxes(box_iou(proposal, target.boxes), 0.5, 0.5, keep_best=False)
            positive, negative = sample_matches(match, self.samples, 0.25)
            instance = match[positive]
            boxes.append(proposal[torch.cat([positive, negative])])
            background = torch.full_like(negative, self.num_classes)
            labels.append(torch.cat([target.labels[instance], background]))
            regression = encode_boxes(proposal[positive], target.boxes[instance], self.STDS)
            wanted.append(torch.cat([regression, regression.new_zeros(len(negative), 4)]))
            positives.append((proposal[positive], instance))
        label, regression = torch.cat(labels), torch.cat(wanted)
        logits, deltas = self(features, to_rois(boxes))
        thing = torch.nonzero(label < self.num_classes)[:, 0]
        distance = F.l1_loss(deltas[thing, label[thing]], regression[thing], reduction="sum")
        count = max(len(label), 1)
        losses = dict(
            loss_box_cls=F.cross_entropy(logits, label, reduction="sum") / count,
            loss_box_reg=(distance + deltas.sum() * 0) / count,
        )
        return losses, positives

    @torch.no_grad()
    def predict(
        self, features: Sequence[Tensor], proposals: list[Tensor], shape: tuple[int, int]
    ) -> list[tuple[Tensor, Tensor, Tensor]]:
        """Detect objects in every image: boxes (D, 4), scores (D,) in 0..1, labels (D,), best first."""
        logits, deltas = self(features, to_rois(proposals))
        counts = [len(p) for p in proposals]
        scores, detections = logits.softmax(1)[:, :-1].split(counts), []
        for proposal, score, delta in zip(proposals, scores, deltas.split(counts), strict=True):
            row, label = torch.nonzero(score > self.score_threshold, as_tuple=True)
            boxes = clip_boxes(decode_boxes(proposal[row], delta[row, label], self.STDS), shape)
            keep = grouped_nms(boxes, score[row, label], label, self.nms_threshold)[: self.detections]
            detections.append((boxes[keep], score[row, label][keep], label[keep]))
        return detections
