"""Region proposal network (Ren et al., Faster R-CNN, 2015, section 3.1) on a feature pyramid."""

from collections.abc import Sequence

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from seg_plugins.ops.boxes import box_iou, clip_boxes, decode_boxes, encode_boxes, greedy_keep
from seg_plugins.ops.constants import device_constant
from seg_plugins.ops.instances import Instances
from seg_plugins.ops.matching import match_boxes, sample_matches

__all__ = ["RPNHead", "level_anchors"]


def level_anchors(
    shape: tuple[int, int], stride: int, scale: float, ratios: Sequence[float], like: Tensor
) -> Tensor:
    """Return the anchors of one pyramid level, ordered by cell, then by ratio.

    Args:
        shape: (H, W) of the level.
        stride: pixels per cell.
        scale: side of the square anchor in strides.
        ratios: Ratios of height to width; the area stays the same.
        like: Tensor on the target device.

    Returns:
        (H * W * A, 4) float32 in pixels.
    """
    ratio = device_constant(tuple(ratios), torch.float32, like.device)
    half = 0.5 * scale * stride * torch.stack([ratio.rsqrt(), ratio.sqrt()], 1)
    rows, columns = (torch.arange(n, device=like.device) * stride + 0.5 * stride for n in shape)
    centre = torch.stack(torch.meshgrid(columns, rows, indexing="xy"), -1).reshape(-1, 1, 2)
    return torch.cat([centre - half, centre + half], -1).reshape(-1, 4)


@MODELS.register_module()
class RPNHead(BaseModule):
    """Head that proposes boxes which may hold a thing.

    Args:
        in_channels: channels of every pyramid level.
        strides: pixels per cell of each level, finest first.
        channels: channels of the 3x3 convolution.
        anchor_scale: side of the square anchor in strides (8: 32 pixels at stride 4).
        ratios: Ratios of height to width of the anchors.
        candidates: Number of best boxes per level that enter suppression.
        proposals: Number of boxes returned per image.
        samples: Anchors per image to train on, at most half of them positive.
        nms_threshold: IoU in 0..1 above which the box of the lower score is dropped.
    """

    STDS = (1.0, 1.0, 1.0, 1.0)

    def __init__(
        self,
        in_channels: int,
        strides: Sequence[int],
        channels: int = 256,
        anchor_scale: float = 8.0,
        ratios: Sequence[float] = (0.5, 1.0, 2.0),
        candidates: int = 2000,
        proposals: int = 1000,
        samples: int = 256,
        nms_threshold: float = 0.7,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg or dict(type="Normal", layer="Conv2d", std=0.01))
        self.strides, self.anchor_scale, self.ratios = tuple(strides), anchor_scale, tuple(ratios)
        self.candidates, self.num_proposals, self.samples = candidates, proposals, samples
        self.nms_threshold = nms_threshold
        self.conv = nn.Conv2d(in_channels, channels, 3, padding=1)
        self.objectness = nn.Conv2d(channels, len(self.ratios), 1)
        self.regression = nn.Conv2d(channels, 4 * len(self.ratios), 1)

    def forward(self, features: Sequence[Tensor]) -> tuple[list[Tensor], list[Tensor], list[Tensor]]:
        """Compute scores (N, L_l), regressions (N, L_l, 4) and anchors (L_l, 4) of every level, float32."""
        scores, deltas, anchors = [], [], []
        for feature, stride in zip(features, self.strides, strict=True):
            hidden = F.relu(self.conv(feature))
            scores.append(self.objectness(hidden).permute(0, 2, 3, 1).flatten(1).float())
            regression = self.regression(hidden).unflatten(1, (len(self.ratios), 4))
            deltas.append(regression.permute(0, 3, 4, 1, 2).flatten(1, 3).float())
            anchors.append(level_anchors(feature.shape[2:], stride, self.anchor_scale, self.ratios, feature))
        return scores, deltas, anchors

    def loss(
        self, features: Sequence[Tensor], targets: list[Instances], shape: tuple[int, int]
    ) -> tuple[dict[str, Tensor], list[Tensor]]:
        """Compute the losses of one batch, and the proposals to train the other heads on.

        Args:
            features: one (N, C, H_l, W_l) a level.
            targets: N images' instances.
            shape: (H, W) of the input in pixels.

        Returns:
            `loss_rpn_cls`, `loss_rpn_box`; N tensors (R, 4).
        """
        scores, deltas, anchors = self(features)
        all_scores, all_deltas, all_anchors = torch.cat(scores, 1), torch.cat(deltas, 1), torch.cat(anchors)
        chosen, labels, shares, wanted = [], [], [], []
        for i, target in enumerate(targets):
            match = match_boxes(box_iou(all_anchors, target.boxes), 0.7, 0.3, keep_best=True)
            positive, negative = sample_matches(match, self.samples, 0.5)
            chosen.append(torch.cat([positive, negative]) + i * len(match))
            label = torch.zeros(len(chosen[-1]), device=match.device)
            label[: len(positive)] = 1
            labels.append(label)
            shares.append(torch.full_like(label, 1 / (max(len(label), 1) * len(targets))))
            wanted.append(encode_boxes(all_anchors[positive], target.boxes[match[positive]], self.STDS))
        chosen, label, share = torch.cat(chosen), torch.cat(labels), torch.cat(shares)
        positive = label > 0
        distance = all_deltas.flatten(0, 1)[chosen[positive]] - torch.cat(wanted)
        losses = dict(
            loss_rpn_cls=F.binary_cross_entropy_with_logits(
                all_scores.flatten()[chosen], label, share, reduction="sum"
            ),
            loss_rpn_box=(distance.abs().sum(1) * share[positive]).sum(),
        )
        return losses, self._proposals(scores, deltas, anchors, shape)

    def predict(self, features: Sequence[Tensor], shape: tuple[int, int]) -> list[Tensor]:
        """Propose boxes for every image: N tensors (R, 4), best first; `shape` is the input's (H, W)."""
        return self._proposals(*self(features), shape)

    @torch.no_grad()
    def _proposals(
        self, scores: list[Tensor], deltas: list[Tensor], anchors: list[Tensor], shape: tuple[int, int]
    ) -> list[Tensor]:
        boxes, values, kept = [], [], []
        for score, delta, anchor in zip(scores, deltas, anchors, strict=True):
            value, index = score.topk(min(self.candidates, score.shape[1]))
            delta = delta.gather(1, index[..., None].expand(-1, -1, 4))
            box = clip_boxes(decode_boxes(anchor[index], delta, self.STDS), shape)
            whole = (box[..., 2:] - box[..., :2]).amin(-1) >= 1
            boxes.append(box)
            values.append(value)
            kept.append(greedy_keep(box, self.nms_threshold, whole))
        box, keep = torch.cat(boxes, 1), torch.cat(kept, 1)
        value = torch.cat(values, 1).masked_fill(~keep, -torch.inf)
        order = value.argsort(dim=1, descending=True, stable=True)[:, : self.num_proposals]
        counts = keep.sum(1).tolist()
        return [b[o[:count]] for b, o, count in zip(box, order, counts, strict=True)]
