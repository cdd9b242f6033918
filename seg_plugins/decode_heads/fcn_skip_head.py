"""The skip architecture of FCN: scores at strides 8, 16 and 32, fused by deconvolutions."""

from typing import Any

import torch
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.registry import MODELS
from torch import Tensor, nn

__all__ = ["FCNSkipHead", "bilinear_kernel", "crop_to_common_grid"]


def bilinear_kernel(channels: int, factor: int) -> Tensor:
    """Return the weight of a transposed convolution that upsamples each channel bilinearly.

    Long et al., CVPR 2015, section 3.3: kernel 2f, stride f.

    Args:
        channels: Channels in and out.
        factor: Upsampling factor f.

    Returns:
        Weight, float32 (channels, channels, 2f, 2f), zero off the diagonal, values in [0, 1].

    >>> bilinear_kernel(1, 2)[0, 0, 1]
    tensor([0.1875, 0.5625, 0.5625, 0.1875])
    """
    ramp = 1 - (torch.arange(2 * factor) - (factor - 0.5)).abs() / factor
    weight = torch.zeros(channels, channels, 2 * factor, 2 * factor)
    weight[range(channels), range(channels)] = ramp[:, None] * ramp[None, :]
    return weight


def crop_to_common_grid(
    a: Tensor, a_origin: float, b: Tensor, b_origin: float, stride: float
) -> tuple[Tensor, Tensor, float]:
    """Crop two maps of one stride to the cells that they share.

    Args:
        a: Map, float (N, C, H, W).
        a_origin: Centre of the first cell of `a` in input pixels, the same in both directions.
        b: Map, float (N, C', H', W').
        b_origin: The same for `b`.
        stride: Input pixels per cell.

    Returns:
        Both maps at one size, and the origin that they now share.
    """
    shift = round((b_origin - a_origin) / stride)
    a = a[:, :, max(shift, 0) :, max(shift, 0) :]
    b = b[:, :, max(-shift, 0) :, max(-shift, 0) :]
    height, width = min(a.shape[2], b.shape[2]), min(a.shape[3], b.shape[3])
    return a[:, :, :height, :width], b[:, :, :height, :width], max(a_origin, b_origin)


@MODELS.register_module()
class FCNSkipHead(BaseDecodeHead):
    """FCN-8s, FCN-16s or FCN-32s over `FCNVGG`.

    Long et al., CVPR 2015, section 4.2 and figure 3: 1x1 scores of fc7, pool4 and pool3. Each coarser score
    is upsampled twofold by a learnable deconvolution, initialised as bilinear, and added to the finer one.
    The last upsampling is fixed bilinear. All crops are computed from the paddings of the trunk.

    Args:
        in_channels: Channels of pool3, pool4 and fc7.
        stride: 8, 16 or 32: the finest score that is used.
        input_padding: Padding of the trunk's first convolution in pixels.
        fc_kernel: Side of the trunk's fc6 kernel.
        fc_padding: Padding of the trunk's fc6.
        kwargs: Arguments of `BaseDecodeHead`.

    Raises:
        ValueError: `stride` is not one of the three.
    """

    def __init__(
        self,
        in_channels: tuple[int, int, int] = (256, 512, 4096),
        stride: int = 8,
        input_padding: int = 100,
        fc_kernel: int = 7,
        fc_padding: int = 0,
        **kwargs: Any,
    ) -> None:
        if stride not in (8, 16, 32):
            raise ValueError(f"FCNSkipHead: stride={stride}; use 8, 16 or 32")
        super().__init__(
            in_channels=list(in_channels),
            channels=in_channels[-1],
            in_index=[1, 2, 3],
            input_transform="multiple_select",
            **{"dropout_ratio": 0, "init_cfg": None, **kwargs},
        )
        classes = self.out_channels
        self.stride = stride
        self.margin = input_padding - 1
        self.fc_shift = (fc_kernel - 1) / 2 - fc_padding
        self.conv_seg = nn.Conv2d(in_channels[2], classes, 1)
        if stride <= 16:
            self.score_pool4 = nn.Conv2d(in_channels[1], classes, 1)
            self.upscore2 = nn.ConvTranspose2d(classes, classes, 4, stride=2, bias=False)
        if stride == 8:
            self.score_pool3 = nn.Conv2d(in_channels[0], classes, 1)
            self.upscore_pool4 = nn.ConvTranspose2d(classes, classes, 4, stride=2, bias=False)
        self.upscore = nn.ConvTranspose2d(classes, classes, 2 * stride, stride=stride, bias=False)
        self.upscore.weight.requires_grad_(False)
        self.init_weights()

    def init_weights(self) -> None:
        """Initialise scores with zero (paper, section 4.2) and every deconvolution as bilinear."""
        for module in self.children():
            if isinstance(module, nn.ConvTranspose2d):
                module.weight.data.copy_(bilinear_kernel(self.out_channels, module.stride[0]))
            elif isinstance(module, nn.Conv2d):
                nn.init.zeros_(module.weight)
                nn.init.zeros_(module.bias)

    def forward(self, inputs: tuple[Tensor, Tensor, Tensor, Tensor]) -> Tensor:
        """Compute the scores and fuse them.

        Args:
            inputs: Output of `FCNVGG`: images, pool3, pool4, fc7.

        Returns:
            Logits, float (N, K, H, W) at the size of the images.
        """
        image = inputs[0]
        pool3, pool4, fc7 = self._transform_inputs(inputs)
        scores = self.cls_seg(fc7)
        origin = 15.5 - self.margin + 32 * self.fc_shift
        if self.stride <= 16:
            scores, origin = self._fuse(self.upscore2(scores), origin - 24, self.score_pool4(pool4), 16)
        if self.stride == 8:
            scores, origin = self._fuse(self.upscore_pool4(scores), origin - 12, self.score_pool3(pool3), 8)
        scores = self.upscore(scores)
        offset = round(self.stride - 0.5 - origin)
        return scores[:, :, offset : offset + image.shape[2], offset : offset + image.shape[3]]

    def _fuse(self, coarse: Tensor, origin: float, fine: Tensor, stride: int) -> tuple[Tensor, float]:
        fine_origin = (stride - 1) / 2 - self.margin
        coarse, fine, origin = crop_to_common_grid(coarse, origin, fine, fine_origin, stride)
        return coarse + fine, origin
