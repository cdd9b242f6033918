"""The decoder of ESPNetv2 in the authors' later form: efficient pyramid pooling at four strides."""

import math
from collections.abc import Sequence
from typing import Any

import torch
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.utils import resize
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn.functional import adaptive_avg_pool2d

from seg_plugins.backbones.esp_block import NormAct, esp_conv

__all__ = ["ESPNetV2Head", "PyramidPool", "shuffled"]

EPSILON = 1e-5
SCALES = (2.0, 1.5, 1.0, 0.5, 0.1)
SMALLEST = 5  # cells of the smallest scaled map


def shuffled(x: Tensor, groups: int) -> Tensor:
    """Interleave the channels of equal groups: (N, C, H, W) to the same shape.

    >>> shuffled(torch.arange(6.0).view(1, 6, 1, 1), 2).flatten().tolist()
    [0.0, 3.0, 1.0, 4.0, 2.0, 5.0]
    """
    return x.unflatten(1, (groups, -1)).transpose(1, 2).flatten(1, 2)


class PyramidPool(nn.Module):
    """Depthwise convolutions of the map at five scales, joined group by group.

    Args:
        inputs: Channels in.
        inner: Channels of each scale.
        outputs: Channels out; None to leave the last convolution to the caller.
    """

    def __init__(self, inputs: int, inner: int, outputs: int | None) -> None:
        super().__init__()
        self.reduce = NormAct(inner, esp_conv(inputs, inner, 1), EPSILON)
        self.branches = nn.ModuleList(esp_conv(inner, inner, 3, groups=inner) for _ in SCALES)
        joined = inner * len(SCALES)
        self.merge = NormAct(joined, eps=EPSILON)
        self.mix = NormAct(inner, esp_conv(joined, inner, 3, groups=inner), EPSILON)
        self.out = None if outputs is None else NormAct(outputs, esp_conv(inner, outputs, 1), EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, H, W) to (N, outputs, H, W); to `inner` channels without the last convolution."""
        x = self.reduce(x)
        size = x.shape[2:]
        maps = []
        for scale, branch in zip(SCALES, self.branches, strict=True):
            scaled = [max(math.ceil(side * scale), SMALLEST) for side in size]
            if scale < 1:
                y = branch(adaptive_avg_pool2d(x, scaled))
                y = resize(y, size, mode="bilinear", align_corners=True, warning=False)
            elif scale > 1:
                y = branch(resize(x, scaled, mode="bilinear", align_corners=True, warning=False))
                y = adaptive_avg_pool2d(y, size)
            else:
                y = branch(x)
            maps.append(y)
        x = self.mix(shuffled(self.merge(torch.cat(maps, 1)), len(SCALES)))
        return x if self.out is None else self.out(x)


class GatedSkip(nn.Module):
    """A map of the encoder brought to the channels of the decoder, weighted by channel.

    Args:
        inputs: Channels in.
        outputs: Channels out.
    """

    def __init__(self, inputs: int, outputs: int) -> None:
        super().__init__()
        self.gate = nn.Conv2d(inputs, outputs, 1, bias=False)
        self.conv = NormAct(outputs, esp_conv(inputs, outputs, 3, groups=math.gcd(inputs, outputs)), EPSILON)

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, H, W) to (N, outputs, H, W)."""
        return self.conv(x) * self.gate(x.mean((2, 3), keepdim=True)).sigmoid()


@MODELS.register_module()
class ESPNetV2Head(BaseDecodeHead):
    """Pyramid pooling at strides 16, 8, 4 and 2, each sum of the coarser result and a map of the encoder.

    Mehta et al., CVPR 2019, https://arxiv.org/abs/1811.11431; the decoder is that of the authors' repository
    EdgeNets, with which they report 66.4 mIoU on Cityscapes.

    Args:
        num_classes: Number of classes K.
        in_channels: Channels of the maps of `ESPNetV2`, from fine to coarse.
        base_channels: The decoder has four, three and twice as many.
        channels: Channels of each scale of a pyramid; the default is half of K, from 4 to `base_channels`.
        kwargs: Arguments of `BaseDecodeHead`.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: Sequence[int] = (32, 128, 256, 512),
        base_channels: int = 16,
        channels: int | None = None,
        **kwargs: Any,
    ) -> None:
        channels = channels or min(max(num_classes // 2, 4), base_channels)
        super().__init__(
            in_channels=list(in_channels),
            channels=channels,
            num_classes=num_classes,
            in_index=[0, 1, 2, 3],
            input_transform="multiple_select",
            **{"dropout_ratio": 0, "init_cfg": None, "align_corners": True, **kwargs},
        )
        widths = [base_channels * factor for factor in (4, 3, 2)]
        inputs = [in_channels[-1], *widths]
        self.pyramids = nn.ModuleList(
            PyramidPool(i, channels, o) for i, o in zip(inputs, [*widths, None], strict=True)
        )
        self.skips = nn.ModuleList(
            GatedSkip(i, o) for i, o in zip(list(in_channels)[-2::-1], widths, strict=True)
        )
        self.joins = nn.ModuleList(NormAct(width, eps=EPSILON) for width in widths)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Compute scores.

        Args:
            inputs: The four maps of `ESPNetV2`.

        Returns:
            Logits, float (N, K, h, w) at the size of the finest map.
        """
        *finer, x = self._transform_inputs(inputs)
        for level in range(len(finer)):
            skip = self.skips[level](finer[-1 - level])
            x = resize(
                self.pyramids[level](x), skip.shape[2:], mode="bilinear", align_corners=True, warning=False
            )
            x = self.joins[level](skip + x)
        return self.cls_seg(self.pyramids[-1](x))
