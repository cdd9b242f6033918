"""U-Net as in the paper, for any input size."""

import torch
from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from seg_plugins.ops.padding import pad_to_multiple

__all__ = ["UNet", "VanillaUNet"]


def double_conv(in_channels: int, out_channels: int, norm_cfg: dict | None) -> nn.Sequential:
    """Build two padded 3x3 convolutions, each with normalisation and ReLU."""
    layers: list[nn.Module] = []
    for channels in (in_channels, out_channels):
        layers.append(nn.Conv2d(channels, out_channels, 3, padding=1, bias=norm_cfg is None))
        if norm_cfg is not None:
            layers.append(build_norm_layer(norm_cfg, out_channels)[1])
        layers.append(nn.ReLU(inplace=True))
    return nn.Sequential(*layers)


@MODELS.register_module()
class VanillaUNet(BaseModule):
    """Contracting and expanding path with concatenated skips.

    Ronneberger, Fischer and Brox, U-Net: Convolutional Networks for Biomedical Image Segmentation, MICCAI
    2015, figure 1: widths 64 to 1024, two 3x3 convolutions per level, 2x2 max pooling, 2x2 up-convolution.
    Unlike the paper's, convolutions are padded and normalised, so the map keeps the size of the image. An
    image whose sides are not divisible by 2^(levels - 1) is padded inside by repeating its edge, and the map
    is cropped back.

    Args:
        in_channels: Channels of the image.
        base_channels: Width of the first level; each further level doubles it.
        levels: Number of resolutions, including the input's.
        bilinear: Upsample bilinearly instead of by the learnt 2x2 up-convolution.
        norm_cfg: Normalisation; None, as in the paper, for none.
        init_cfg: Initialisation.
    """

    def __init__(
        self,
        in_channels: int = 3,
        base_channels: int = 64,
        levels: int = 5,
        bilinear: bool = False,
        norm_cfg: dict | None = dict(type="BN"),  # noqa: B006 (read only)
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg or dict(type="Kaiming", layer=["Conv2d", "ConvTranspose2d"]))
        widths = [base_channels * 2**level for level in range(levels)]
        self.out_channels = base_channels
        self.size_divisor = 2 ** (levels - 1)
        self.encoder = nn.ModuleList(
            double_conv(i, o, norm_cfg) for i, o in zip([in_channels, *widths], widths, strict=False)
        )
        self.upsample = nn.ModuleList()
        self.decoder = nn.ModuleList()
        for wide, narrow in zip(widths[:0:-1], widths[-2::-1], strict=True):
            if bilinear:
                self.upsample.append(nn.Upsample(scale_factor=2, mode="bilinear", align_corners=True))
            else:
                self.upsample.append(nn.ConvTranspose2d(wide, narrow, 2, stride=2))
            self.decoder.append(double_conv(narrow + (wide if bilinear else narrow), narrow, norm_cfg))

    def forward(self, x: Tensor) -> tuple[Tensor]:
        """Compute one full-resolution feature map.

        Args:
            x: Images, float (N, C, H, W), any size.

        Returns:
            Features, float (N, base_channels, H, W).
        """
        height, width = x.shape[2:]
        x = pad_to_multiple(x, self.size_divisor, "replicate")
        skips = []
        for level, block in enumerate(self.encoder):
            x = block(x if level == 0 else F.max_pool2d(x, 2))
            skips.append(x)
        skips.pop()
        for up, block in zip(self.upsample, self.decoder, strict=True):
            x = up(x)
            x = torch.cat([skips.pop(), x], dim=1)
            x = block(x)
        return (x[:, :, :height, :width],)


class UNet(nn.Module):
    """The complete network as one plain module: `VanillaUNet` and a 1x1 classifier.

    Args:
        n_channels: Channels of the image.
        n_classes: Number of classes K.
        bilinear: Upsample bilinearly instead of by the learnt 2x2 up-convolution.
        base_channels: Width of the first level.

    >>> UNet(n_channels=3, n_classes=10, base_channels=4)(torch.rand(1, 3, 33, 50)).shape
    torch.Size([1, 10, 33, 50])
    """

    def __init__(
        self, n_channels: int, n_classes: int, bilinear: bool = False, base_channels: int = 64
    ) -> None:
        super().__init__()
        self.trunk = VanillaUNet(n_channels, base_channels, bilinear=bilinear)
        self.classifier = nn.Conv2d(base_channels, n_classes, 1)
        for module in self.modules():
            if isinstance(module, nn.Conv2d | nn.ConvTranspose2d):
                nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, x: Tensor) -> Tensor:
        """Map images, float (N, C, H, W), any size, to logits, float (N, K, H, W)."""
        return self.classifier(self.trunk(x)[0])
