"""The encoder of ESPNetv2."""

import torch
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn

from .esp_block import NormAct, esp_conv
from .esp_net import halved

__all__ = ["SCALES", "ESPNetV2"]

EPSILON = 1e-5
BRANCHES = 4
SCALES = {  # channels at strides 2, 4, 8 and 16
    0.5: (16, 32, 64, 128),
    1.0: (32, 64, 128, 256),
    1.25: (32, 80, 160, 320),
    1.5: (32, 96, 192, 384),
    2.0: (32, 128, 256, 512),
}


def dilations_within(reach: int) -> list[int]:
    """Return the dilations of the branches, whose 3x3 kernels span at most `reach` cells.

    >>> dilations_within(9), dilations_within(7)
    ([1, 2, 3, 4], [1, 1, 2, 3])
    """
    spans = (3 + 2 * branch for branch in range(BRANCHES))
    return sorted((span - 1) // 2 if span <= reach else 1 for span in spans)


class EESPBlock(nn.Module):
    """Extremely efficient spatial pyramid: grouped reduction, dilated depthwise branches, their running sums.

    Args:
        inputs: Channels in.
        outputs: Channels out.
        reach: Largest span of a branch's kernel, in cells.
        stride: 2 for the block that halves the map; it has neither shortcut nor activation.
    """

    def __init__(self, inputs: int, outputs: int, reach: int, stride: int = 1) -> None:
        super().__init__()
        inner = outputs // BRANCHES
        self.reduce = NormAct(inner, esp_conv(inputs, inner, 1, groups=BRANCHES), EPSILON)
        self.branches = nn.ModuleList(
            esp_conv(inner, inner, 3, stride, dilation, groups=inner) for dilation in dilations_within(reach)
        )
        self.merge = NormAct(outputs, eps=EPSILON)
        conv = esp_conv(outputs, outputs, 1, groups=BRANCHES)
        self.expand = NormAct(outputs, conv, EPSILON, activated=False)
        self.act = nn.PReLU(outputs) if stride == 1 else None

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, H, W) to (N, outputs, ceil(H / stride), ceil(W / stride))."""
        reduced = self.reduce(x)
        sums: list[Tensor] = []
        for branch in self.branches:
            y = branch(reduced)
            sums.append(y + sums[-1] if sums else y)
        y = self.expand(self.merge(torch.cat(sums, 1)))
        return y if self.act is None else self.act(x + y)


class Downsampler(nn.Module):
    """Half the size: averages beside a pyramid of stride 2, plus the image of that size.

    Args:
        inputs: Channels in.
        outputs: Channels out.
        reach: As for `EESPBlock`.
        image_channels: Channels of the image.
    """

    def __init__(self, inputs: int, outputs: int, reach: int, image_channels: int) -> None:
        super().__init__()
        self.block = EESPBlock(inputs, outputs - inputs, reach, stride=2)
        self.image = nn.Sequential(
            NormAct(image_channels, esp_conv(image_channels, image_channels, 3), EPSILON),
            NormAct(outputs, esp_conv(image_channels, outputs, 1), EPSILON, activated=False),
        )
        self.act = nn.PReLU(outputs)

    def forward(self, x: Tensor, image: Tensor) -> Tensor:
        """Halve (N, inputs, H, W); `image` is (N, C, ceil(H / 2), ceil(W / 2))."""
        return self.act(torch.cat([halved(x), self.block(x)], 1) + self.image(image))


@MODELS.register_module()
class ESPNetV2(BaseModule):
    """Encoder of ESPNetv2 without the last stage, as its segmentation network has it.

    Mehta et al., ESPNetv2: A Light-weight, Power Efficient, and General Purpose Convolutional Neural Network,
    CVPR 2019, https://arxiv.org/abs/1811.11431, table 1.

    Args:
        scale: Width: 0.5, 1.0, 1.25, 1.5 or 2.0.
        in_channels: Channels of the image.
        init_cfg: Initialisation.

    Raises:
        ValueError: There is no such scale.
    """

    def __init__(self, scale: float = 2.0, in_channels: int = 3, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg or dict(type="Kaiming", layer="Conv2d"))
        if scale not in SCALES:
            raise ValueError(f"ESPNetV2: scale={scale}; known: {', '.join(map(str, SCALES))}")
        one, two, three, four = SCALES[scale]
        self.stem = NormAct(one, esp_conv(in_channels, one, 3, 2), EPSILON)
        self.down2 = Downsampler(one, two, 13, in_channels)
        self.down3 = Downsampler(two, three, 11, in_channels)
        self.stage3 = nn.Sequential(*(EESPBlock(three, three, 9) for _ in range(3)))
        self.down4 = Downsampler(three, four, 9, in_channels)
        self.stage4 = nn.Sequential(*(EESPBlock(four, four, 7) for _ in range(7)))

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Compute feature maps.

        Args:
            x: Images, float (N, C, H, W), any size.

        Returns:
            Maps at strides 2, 4, 8 and 16, sizes rounded up.
        """
        images = [halved(halved(x))]
        for _ in range(2):
            images.append(halved(images[-1]))
        first = self.stem(x)
        second = self.down2(first, images[0])
        third = self.stage3(self.down3(second, images[1]))
        return first, second, third, self.stage4(self.down4(third, images[2]))
