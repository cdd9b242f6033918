"""A light decoder that adds the maps of an encoder from coarse to fine."""

from collections.abc import Sequence
from typing import Any

from mmcv.cnn import ConvModule
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.utils import resize
from mmseg.registry import MODELS
from torch import Tensor, nn

__all__ = ["AdditiveFPNHead"]


@MODELS.register_module()
class AdditiveFPNHead(BaseDecodeHead):
    """Feature pyramid whose levels become one map at the finest stride, over any encoder with several maps.

    Lin et al., Feature Pyramid Networks for Object Detection, CVPR 2017, https://arxiv.org/abs/1612.03144,
    figure 3: 1x1 convolutions bring each map to `channels`, and the coarser sum is resized and added to the
    next finer map. Instead of one prediction for each level there is one, after a 3x3 convolution at the end.

    Args:
        in_channels: Channels of the maps, from fine to coarse.
        in_index: Indices of the maps.
        channels: Channels of the pyramid.
        context: Add the mean over the coarsest map to that map, so that each pixel sees the whole image.
        kwargs: Arguments of `BaseDecodeHead`.

    Raises:
        ValueError: There is only one map.
    """

    def __init__(
        self,
        in_channels: Sequence[int],
        in_index: Sequence[int] = (0, 1, 2, 3),
        channels: int = 64,
        context: bool = True,
        **kwargs: Any,
    ) -> None:
        if isinstance(in_channels, int) or len(in_channels) < 2:
            raise ValueError(
                f"AdditiveFPNHead: in_channels={in_channels}: give the channels of at least two maps, from "
                "fine to coarse; for a single map use FCNHead"
            )
        super().__init__(
            in_channels=list(in_channels),
            in_index=list(in_index),
            channels=channels,
            input_transform="multiple_select",
            **kwargs,
        )
        self.laterals = nn.ModuleList(
            ConvModule(width, channels, 1, norm_cfg=self.norm_cfg, act_cfg=None) for width in self.in_channels
        )
        self.context = nn.Conv2d(self.in_channels[-1], channels, 1) if context else None
        self.fuse = ConvModule(channels, channels, 3, padding=1, norm_cfg=self.norm_cfg, act_cfg=self.act_cfg)

    def _forward_feature(self, inputs: Sequence[Tensor]) -> Tensor:
        """Fuse the maps to features, float (N, channels, h, w) at the size of the finest map."""
        *finer, coarse = self._transform_inputs(inputs)
        x = self.laterals[-1](coarse)
        if self.context is not None:
            x = x + self.context(coarse.mean((2, 3), keepdim=True))
        for level, lateral in zip(reversed(finer), list(self.laterals)[-2::-1], strict=True):
            x = lateral(level) + resize(x, level.shape[2:], mode="bilinear", align_corners=self.align_corners)
        return self.fuse(x)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Compute scores.

        Args:
            inputs: Maps of the encoder, float (N, C, h, w) each.

        Returns:
            Logits, float (N, K, h, w) at the size of the finest map.
        """
        return self.cls_seg(self._forward_feature(inputs))
