"""The light decoder of ESPNet."""

from collections.abc import Sequence
from typing import Any

import torch
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import MODELS
from torch import Tensor, nn

from seg_plugins.backbones.esp_block import EPSILON, ESPBlock, NormAct, esp_conv

__all__ = ["ESPNetHead", "doubled"]

LEAST_CHANNELS = 5


def doubled(layer: nn.ConvTranspose2d, x: Tensor, like: Tensor) -> Tensor:
    """Upsample by a transposed convolution of stride 2 and crop to the size of another map."""
    return layer(x)[..., : like.shape[-2], : like.shape[-1]]


@MODELS.register_module()
class ESPNetHead(BaseDecodeHead):
    """Scores at stride 8, upsampled and merged with those at strides 4 and 2 (reduce, upsample, merge).

    Mehta et al., ECCV 2018, https://arxiv.org/abs/1803.06815, figure 4 d. The result is at full size.

    Args:
        in_channels: Channels of the three maps of `ESPNet`, from fine to coarse.
        num_classes: Number of classes K.
        channels: Channels of the decoder. In the paper it is K; the default is K, but at least 5.
        kwargs: Arguments of `BaseDecodeHead`.
    """

    def __init__(
        self,
        num_classes: int,
        in_channels: Sequence[int] = (19, 131, 256),
        channels: int | None = None,
        **kwargs: Any,
    ) -> None:
        channels = channels or max(num_classes, LEAST_CHANNELS)
        super().__init__(
            in_channels=list(in_channels),
            channels=channels,
            num_classes=num_classes,
            in_index=[0, 1, 2],
            input_transform="multiple_select",
            **{"dropout_ratio": 0, "init_cfg": None, **kwargs},
        )
        fine, middle, coarse = in_channels
        self.conv_seg = self._upsampling(channels, self.out_channels)
        self.score = esp_conv(coarse, channels, 1)
        self.score_norm = nn.BatchNorm2d(channels, eps=EPSILON)
        self.up_score = self._upsampling(channels, channels)
        self.project = esp_conv(middle, channels, 1)
        self.merge_norm = NormAct(2 * channels)
        self.merge = ESPBlock(2 * channels, channels, residual=False)
        self.up_merge = self._upsampling(channels, channels)
        self.up_norm = NormAct(channels)
        self.fuse = NormAct(channels, esp_conv(fine + channels, channels, 3))

    @staticmethod
    def _upsampling(inputs: int, outputs: int) -> nn.ConvTranspose2d:
        return nn.ConvTranspose2d(inputs, outputs, 2, stride=2, bias=False)

    def forward(self, inputs: Sequence[Tensor]) -> Tensor:
        """Compute scores.

        Args:
            inputs: The three maps of `ESPNet`.

        Returns:
            Logits, float (N, K, 2h, 2w) for a finest map of (h, w): one pixel more than an odd image.
        """
        fine, middle, coarse = self._transform_inputs(inputs)
        x = doubled(self.up_score, self.score_norm(self.score(coarse)), middle)
        x = self.merge(self.merge_norm(torch.cat([self.project(middle), x], 1)))
        x = self.up_norm(doubled(self.up_merge, x, fine))
        return self.cls_seg(self.fuse(torch.cat([x, fine], 1)))
