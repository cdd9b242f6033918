"""The decoder of SegNet: unpooling by the encoder's indices."""

from collections.abc import Sequence
from typing import Any

from mmcv.cnn import build_norm_layer
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import MODELS
from torch import Tensor, nn

from seg_plugins.backbones.vgg import CONVS_PER_STAGE

__all__ = ["SegNetHead", "unpool"]


def unpool(x: Tensor, indices: Tensor, size: tuple[int, int]) -> Tensor:
    """Put every value back at the position of its maximum; all other cells are zero.

    Args:
        x: Pooled values, float (N, C, h, w).
        indices: Flat position of each value in its (H, W) plane, int64 (N, C, h, w).
        size: (H, W).

    Returns:
        Sparse map, float (N, C, H, W).

    >>> import torch
    >>> unpool(torch.tensor([[[[5.0]]]]), torch.tensor([[[[2]]]]), (2, 2)).tolist()
    [[[[0.0, 0.0], [5.0, 0.0]]]]
    """
    flat = x.new_zeros(*x.shape[:2], size[0] * size[1])
    return flat.scatter(2, indices.flatten(2), x.flatten(2)).unflatten(2, size)


@MODELS.register_module()
class SegNetHead(BaseDecodeHead):
    """Mirror image of `SegNetEncoder`: unpool, then the stage's convolutions in reverse.

    Badrinarayanan et al., IEEE TPAMI 39(12), 2017, section 3 and figure 3. The head receives indices, not
    features, and has no learnt upsampling. The last convolution of the last stage is the classifier.

    Args:
        widths: Channels of the encoder's five stages.
        convs: Convolutions of each stage of the encoder.
        norm_cfg: Normalisation after every convolution except the classifier.
        kwargs: Arguments of `BaseDecodeHead`.
    """

    def __init__(
        self,
        widths: Sequence[int] = (64, 128, 256, 512, 512),
        convs: Sequence[int] = CONVS_PER_STAGE,
        norm_cfg: dict = dict(type="BN"),  # noqa: B006 (read only)
        **kwargs: Any,
    ) -> None:
        super().__init__(
            in_channels=widths[-1],
            channels=widths[0],
            in_index=0,
            norm_cfg=norm_cfg,
            **{"dropout_ratio": 0, "init_cfg": dict(type="Kaiming", layer="Conv2d"), **kwargs},
        )
        self.conv_seg = nn.Conv2d(widths[0], self.out_channels, 3, padding=1)
        self.stages = nn.ModuleList()
        for stage in range(4, -1, -1):
            outs = [widths[stage]] * (convs[stage] - 1)
            outs += [widths[stage - 1]] if stage else []
            layers: list[nn.Module] = []
            channels = widths[stage]
            for out in outs:
                layers += [nn.Conv2d(channels, out, 3, padding=1), build_norm_layer(norm_cfg, out)[1]]
                layers.append(nn.ReLU(inplace=True))
                channels = out
            self.stages.append(nn.Sequential(*layers))

    def forward(self, inputs: tuple[Tensor, list[tuple[Tensor, tuple[int, int]]]]) -> Tensor:
        """Decode the last map.

        Args:
            inputs: Output of `SegNetEncoder`.

        Returns:
            Logits, float (N, K, H, W) at the size of the images.
        """
        x, pools = inputs
        for stage, (indices, size) in zip(self.stages, reversed(pools), strict=True):
            x = stage(unpool(x, indices, size))
        return self.cls_seg(x)
