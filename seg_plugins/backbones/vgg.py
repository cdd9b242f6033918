"""VGG-16 in stages, the trunk of FCN, SegNet and DeepLab.

Simonyan and Zisserman, Very Deep Convolutional Networks, ICLR 2015, table 1, column D.
"""

from collections.abc import Sequence

from mmcv.cnn import build_norm_layer
from mmengine.model import BaseModule
from torch import Tensor, nn
from torch.nn import functional as F

__all__ = ["CONVS_PER_STAGE", "VGG16_WIDTHS", "VGGStages"]

VGG16_WIDTHS = (64, 128, 256, 512, 512)
CONVS_PER_STAGE = (2, 2, 3, 3, 3)


class VGGStages(BaseModule):
    """The 3x3 convolutions of VGG-16 as `conv1_1` ... `conv5_3`; subclasses add the pooling.

    Convolutions are named as in the original Caffe model, normalisation layers likewise with `bn`.

    Args:
        in_channels: Channels of the image.
        widths: Channels of the five stages.
        norm_cfg: Normalisation after every convolution; None, as in the original, for none.
        dilations: Dilation of the convolutions of each stage.
        convs: Convolutions of each stage; VGG-16 has thirteen.
        first_padding: Zero padding of `conv1_1` in pixels.
        init_cfg: Initialisation.
    """

    def __init__(
        self,
        in_channels: int = 3,
        widths: Sequence[int] = VGG16_WIDTHS,
        norm_cfg: dict | None = None,
        dilations: Sequence[int] = (1, 1, 1, 1, 1),
        convs: Sequence[int] = CONVS_PER_STAGE,
        first_padding: int = 1,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg or dict(type="Kaiming", layer="Conv2d"))
        self.in_channels = in_channels
        self.widths = tuple(widths)
        self.norm_cfg = norm_cfg
        self.convs = tuple(convs)
        channels = in_channels
        for stage, (width, count, dilation) in enumerate(zip(widths, convs, dilations, strict=True), start=1):
            for index in range(1, count + 1):
                padding = first_padding if (stage, index) == (1, 1) else dilation
                conv = nn.Conv2d(channels, width, 3, padding=padding, dilation=dilation)
                self.add_module(f"conv{stage}_{index}", conv)
                if norm_cfg is not None:
                    self.add_module(f"bn{stage}_{index}", build_norm_layer(norm_cfg, width)[1])
                channels = width

    def run_stage(self, stage: int, x: Tensor) -> Tensor:
        """Apply the convolutions of one stage, before its pooling.

        Args:
            stage: 1 to 5.
            x: Features, float (N, C, H, W).

        Returns:
            Features, float (N, widths[stage - 1], H, W); larger after the first stage of a padded trunk.
        """
        for index in range(1, self.convs[stage - 1] + 1):
            x = getattr(self, f"conv{stage}_{index}")(x)
            if self.norm_cfg is not None:
                x = getattr(self, f"bn{stage}_{index}")(x)
            x = F.relu(x, inplace=True)
        return x
