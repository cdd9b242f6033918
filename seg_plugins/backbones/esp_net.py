"""The encoder of ESPNet."""

import torch
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

from .esp_block import ESPBlock, NormAct, esp_conv

__all__ = ["ESPNet", "halved"]

WIDTHS = (16, 64, 128)


def halved(image: Tensor) -> Tensor:
    """Average an image to half its size, rounded up, as ESPNet does (zeros around it count)."""
    return avg_pool2d(image, 3, stride=2, padding=1)


@MODELS.register_module()
class ESPNet(BaseModule):
    """Encoder of ESPNet: spatial pyramids of dilated convolutions at strides 4 and 8.

    Mehta et al., ESPNet: Efficient Spatial Pyramid of Dilated Convolutions for Semantic Segmentation, ECCV
    2018, https://arxiv.org/abs/1803.06815, figure 4. The image, made smaller, is joined to the maps.

    Args:
        p: Blocks at stride 4 after the one that halves the map.
        q: Blocks at stride 8.
        in_channels: Channels of the image.
        init_cfg: Initialisation.
    """

    def __init__(self, p: int = 2, q: int = 8, in_channels: int = 3, init_cfg: dict | None = None) -> None:
        super().__init__(init_cfg or dict(type="Kaiming", layer="Conv2d"))
        first, second, third = WIDTHS
        self.stem = NormAct(first, esp_conv(in_channels, first, 3, 2))
        self.merge1 = NormAct(first + in_channels)
        self.down2 = ESPBlock(first + in_channels, second, stride=2)
        self.stage2 = nn.Sequential(*(ESPBlock(second, second) for _ in range(p)))
        self.merge2 = NormAct(2 * second + in_channels)
        self.down3 = ESPBlock(2 * second + in_channels, third, stride=2)
        self.stage3 = nn.Sequential(*(ESPBlock(third, third) for _ in range(q)))
        self.merge3 = NormAct(2 * third)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Compute feature maps.

        Args:
            x: Images, float (N, C, H, W), any size.

        Returns:
            Maps of 16 + C, 128 + C and 256 channels at strides 2, 4 and 8, sizes rounded up.
        """
        half = halved(x)
        fine = self.merge1(torch.cat([self.stem(x), half], 1))
        down = self.down2(fine)
        middle = self.merge2(torch.cat([self.stage2(down), down, halved(half)], 1))
        down = self.down3(middle)
        return fine, middle, self.merge3(torch.cat([down, self.stage3(down)], 1))
