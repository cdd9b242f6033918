"""A U-Net whose depth follows from the size of the crops, in the manner of nnU-Net."""

from typing import NamedTuple

import torch
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn.functional import interpolate

__all__ = ["Plan", "PlannedUNet", "plan_unet"]

SMALLEST = 4  # cells that a side keeps at the deepest level
MOST_CHANNELS = 512


class Plan(NamedTuple):
    """Layout of a planned U-Net.

    Attributes:
        strides: (rows, columns) of the first convolution of each level; the first level has (1, 1).
        channels: Channels of each level.
    """

    strides: tuple[tuple[int, int], ...]
    channels: tuple[int, ...]


def plan_unet(patch_size: tuple[int, int], base_channels: int = 32) -> Plan:
    """Plan a U-Net for crops of a size.

    Isensee et al., nnU-Net, Nature Methods 18, 2021, https://arxiv.org/abs/1904.08128, supplementary note 2:
    an axis is halved as long as at least 4 cells are left; channels double from 32 up to 512.

    Args:
        patch_size: (height, width) of the crops, in pixels.
        base_channels: Channels of the first level.

    Raises:
        ValueError: The crops are too small for a second level.

    >>> plan_unet((32, 64))
    Plan(strides=((1, 1), (2, 2), (2, 2), (2, 2), (1, 2)), channels=(32, 64, 128, 256, 512))
    """
    sides = list(patch_size)
    strides = [(1, 1)]
    while any(side >= 2 * SMALLEST for side in sides):
        step = [2 if side >= 2 * SMALLEST else 1 for side in sides]
        sides = [-(-side // s) for side, s in zip(sides, step, strict=True)]
        strides.append((step[0], step[1]))
    if len(strides) < 2:
        raise ValueError(
            f"PlannedUNet: patch_size={tuple(patch_size)} is too small to be halved; one side needs 8 pixels"
        )
    most = max(MOST_CHANNELS * base_channels // 32, base_channels)
    return Plan(tuple(strides), tuple(min(base_channels * 2**i, most) for i in range(len(strides))))


def convolutions(inputs: int, outputs: int, stride: tuple[int, int] = (1, 1)) -> nn.Sequential:
    """Build two 3x3 convolutions, each with instance normalisation and leaky ReLU; the first one strides."""
    layers: list[nn.Module] = []
    for channels, step in ((inputs, stride), (outputs, (1, 1))):
        layers.append(nn.Conv2d(channels, outputs, 3, step, padding=1))
        layers += [nn.InstanceNorm2d(outputs, affine=True), nn.LeakyReLU(0.01, inplace=True)]
    return nn.Sequential(*layers)


@MODELS.register_module()
class PlannedUNet(BaseModule):
    """U-Net in nnU-Net's manner: strided convolutions, instance normalisation, leaky ReLU, deep supervision.

    Isensee et al., nnU-Net, Nature Methods 18, 2021, https://arxiv.org/abs/1904.08128. The maps are those of
    the decoder, from the full size on: a decode head reads the first, auxiliary heads the others with weights
    that halve at each level.

    Args:
        patch_size: (height, width) of the crops, from which the depth follows (`plan_unet`).
        base_channels: Channels of the first level.
        in_channels: Channels of the image.
        num_maps: Maps to return.
        init_cfg: Initialisation.

    Raises:
        ValueError: The crops give fewer maps, or are too small.
    """

    def __init__(
        self,
        patch_size: tuple[int, int],
        base_channels: int = 32,
        in_channels: int = 3,
        num_maps: int = 3,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg or dict(type="Kaiming", layer=["Conv2d", "ConvTranspose2d"], a=0.01))
        self.plan = plan_unet(patch_size, base_channels)
        strides, channels = self.plan
        if num_maps >= len(strides):
            raise ValueError(
                f"PlannedUNet: num_maps={num_maps}, and crops of {tuple(patch_size)} give a decoder of "
                f"{len(strides) - 1} levels: take larger crops or fewer maps"
            )
        self.num_maps = num_maps
        self.encoder = nn.ModuleList(
            convolutions(before, width, stride)
            for before, width, stride in zip((in_channels, *channels), channels, strides, strict=False)
        )
        self.upsample, self.decoder = nn.ModuleList(), nn.ModuleList()
        for level in range(len(channels) - 2, -1, -1):
            step = strides[level + 1]
            self.upsample.append(nn.ConvTranspose2d(channels[level + 1], channels[level], step, step))
            self.decoder.append(convolutions(2 * channels[level], channels[level]))

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Compute feature maps.

        Args:
            x: Images, float (N, C, H, W), any size.

        Returns:
            `num_maps` maps, the first of the image's size.
        """
        size, least = x.shape[2:], 2  # instance normalisation needs two cells
        small = self._least_side(least)
        if min(size) < small:
            x = interpolate(x, [max(side, small) for side in size], mode="bilinear", align_corners=False)
        skips = []
        for block in self.encoder:
            x = block(x)
            skips.append(x)
        skips.pop()
        maps = []
        for up, block in zip(self.upsample, self.decoder, strict=True):
            skip = skips.pop()
            x = block(torch.cat([skip, up(x)[..., : skip.shape[-2], : skip.shape[-1]]], 1))
            maps.append(x)
        maps = maps[::-1][: self.num_maps]
        if maps[0].shape[2:] != size:
            maps[0] = interpolate(maps[0], size, mode="bilinear", align_corners=False)
        return tuple(maps)

    def _least_side(self, cells: int) -> int:
        side = 1
        for stride in self.plan.strides:
            side *= max(stride)
        return side * (cells - 1) + 1
