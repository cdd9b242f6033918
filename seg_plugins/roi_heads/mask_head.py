"""Mask head of Mask R-CNN (He et al., ICCV 2017, section 3 and figure 4, right)."""

from collections.abc import Sequence
from itertools import pairwise

import torch
import torch.nn.functional as F
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from seg_plugins.ops.instances import Instances
from seg_plugins.ops.roi_align import pyramid_roi_align, roi_align

from .box_head import to_rois

__all__ = ["MaskHead", "mask_targets"]


def mask_targets(masks: Tensor, boxes: Tensor, instance: Tensor, size: int) -> Tensor:
    """Crop true masks to boxes.

    Args:
        masks: (G, H, W) bool.
        boxes: (P, 4) in pixels.
        instance: (P,) index of the mask for each box.
        size: Side of the target.

    Returns:
        (P, size, size) float32, 0 or 1.
    """
    rois = torch.cat([instance[:, None].to(boxes), boxes], 1)
    return (roi_align(masks[:, None].float(), rois, size, 1.0)[:, 0] >= 0.5).float()


@MODELS.register_module()
class MaskHead(BaseModule):
    """Convolutions, one 2x2 deconvolution and one mask per class.

    Args:
        in_channels: channels of the pyramid.
        strides: pixels per cell of the levels that regions are taken from, finest first.
        num_classes: thing classes K.
        channels: channels of the convolutions.
        num_convs: Number of 3x3 convolutions.
        roi_size: Bins along each side of a region; masks have twice as many.
        canonical_size: side in pixels of a box that belongs to the stride-16 level.
    """

    def __init__(
        self,
        in_channels: int,
        strides: Sequence[int],
        num_classes: int,
        channels: int = 256,
        num_convs: int = 4,
        roi_size: int = 14,
        canonical_size: float = 224.0,
        init_cfg: dict | None = None,
    ) -> None:
        output = dict(type="Normal", name="classification", std=0.001)
        super().__init__(
            init_cfg or dict(type="Kaiming", layer=["Conv2d", "ConvTranspose2d"], override=output)
        )
        self.strides, self.roi_size, self.canonical_size = tuple(strides), roi_size, canonical_size
        widths = [in_channels, *[channels] * num_convs]
        self.convs = nn.Sequential(
            *[
                layer
                for a, b in pairwise(widths)
                for layer in (nn.Conv2d(a, b, 3, padding=1), nn.ReLU(inplace=True))
            ]
        )
        self.deconv = nn.ConvTranspose2d(channels, channels, 2, stride=2)
        self.classification = nn.Conv2d(channels, num_classes, 1)

    def forward(self, features: Sequence[Tensor], rois: Tensor) -> Tensor:
        """Compute mask logits (R, K, 2 * roi_size, 2 * roi_size), float32."""
        levels = list(features[: len(self.strides)])
        pooled = pyramid_roi_align(levels, self.strides, rois, self.roi_size, self.canonical_size)
        return self.classification(F.relu(self.deconv(self.convs(pooled)))).float()

    def loss(
        self, features: Sequence[Tensor], positives: list[tuple[Tensor, Tensor]], targets: list[Instances]
    ) -> dict[str, Tensor]:
        """Compute `loss_mask`, binary cross entropy on the true class's mask; 0 without positive regions.

        Args:
            features: one (N, C, H_l, W_l) a level.
            positives: Per image the boxes (P, 4) and the instance (P,) of each.
            targets: N images' instances.
        """
        logits = self(features, to_rois([boxes for boxes, _ in positives]))
        label = torch.cat([t.labels[i] for (_, i), t in zip(positives, targets, strict=True)])
        wanted = torch.cat(
            [
                mask_targets(target.masks, boxes, instance, logits.shape[-1])
                for (boxes, instance), target in zip(positives, targets, strict=True)
            ]
        )
        chosen = logits[torch.arange(len(label), device=label.device), label]
        total = F.binary_cross_entropy_with_logits(chosen, wanted, reduction="sum")
        return dict(loss_mask=(total + logits.sum() * 0) / max(wanted.numel(), 1))

    @torch.no_grad()
    def predict(self, features: Sequence[Tensor], boxes: list[Tensor], labels: list[Tensor]) -> list[Tensor]:
        """Predict mask probabilities of every image: N tensors (D, 2 * roi_size, 2 * roi_size) in 0..1."""
        logits = self(features, to_rois(boxes))
        label = torch.cat(labels)
        chosen = logits[torch.arange(len(label), device=label.device), label].sigmoid()
        return list(chosen.split([len(b) for b in boxes]))
