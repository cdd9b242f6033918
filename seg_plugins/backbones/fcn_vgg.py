"""VGG-16 turned fully convolutional, for FCN."""

from collections.abc import Sequence

from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from .vgg import VGG16_WIDTHS, VGGStages

__all__ = ["FCNVGG"]


@MODELS.register_module()
class FCNVGG(VGGStages):
    """VGG-16 whose fully connected layers are convolutions: fc6 7x7x4096 and fc7 1x1x4096.

    Long, Shelhamer and Darrell, Fully Convolutional Networks for Semantic Segmentation, CVPR 2015, section
    4.1. The first convolution pads by 100 pixels, so that fc6, which has no padding, yields a map for every
    input size. `FCNSkipHead` crops by the exact offset.

    Args:
        widths: Channels of the five stages.
        fc_channels: Channels of fc6 and fc7.
        fc_kernel: Side of the fc6 kernel in cells of 32 pixels.
        fc_padding: Zero padding of fc6 in cells of 32 pixels.
        input_padding: Zero padding of `conv1_1` in pixels.
        dropout_ratio: Dropout after fc6 and fc7.
        in_channels: Channels of the image.
        norm_cfg: Normalisation after every convolution; None, as in the original, for none.
        init_cfg: Initialisation.
    """

    def __init__(
        self,
        widths: Sequence[int] = VGG16_WIDTHS,
        fc_channels: int = 4096,
        fc_kernel: int = 7,
        fc_padding: int = 0,
        input_padding: int = 100,
        dropout_ratio: float = 0.5,
        in_channels: int = 3,
        norm_cfg: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(in_channels, widths, norm_cfg, first_padding=input_padding, init_cfg=init_cfg)
        self.fc6 = nn.Conv2d(widths[-1], fc_channels, fc_kernel, padding=fc_padding)
        self.fc7 = nn.Conv2d(fc_channels, fc_channels, 1)
        self.dropout = nn.Dropout2d(dropout_ratio)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Compute the feature maps from which FCN predicts scores.

        Args:
            x: Images, float (N, C, H, W), any size.

        Returns:
            The images themselves (heads crop to their size), then pool3, pool4 and fc7 at strides 8, 16, 32.
        """
        features = [x]
        for stage in range(1, 6):
            x = F.max_pool2d(self.run_stage(stage, x), 2, ceil_mode=True)
            if stage in (3, 4):
                features.append(x)
        x = self.dropout(F.relu(self.fc6(x), inplace=True))
        x = self.dropout(F.relu(self.fc7(x), inplace=True))
        return (*features, x)
