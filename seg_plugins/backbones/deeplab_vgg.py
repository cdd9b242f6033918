"""VGG-16 at output stride 8, for DeepLab v1 and v2."""

from collections.abc import Sequence

from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn import functional as F

from .vgg import VGG16_WIDTHS, VGGStages

__all__ = ["DeepLabVGG"]


@MODELS.register_module()
class DeepLabVGG(VGGStages):
    """VGG-16 whose last two poolings keep the size and whose fully connected layers are atrous convolutions.

    One branch with dilation 12 is LargeFOV: Chen et al., Semantic Image Segmentation with Deep Convolutional
    Nets and Fully Connected CRFs, ICLR 2015, section 3.2 and table 2. Four with 6, 12, 18 and 24 are ASPP-L:
    Chen et al., DeepLab, TPAMI 2017, section 4.1.2. Pools are 3x3; pool4 and pool5 have stride 1, conv5
    dilation 2; every branch is fc6 3x3x1024 and fc7 1x1x1024.

    Args:
        widths: Channels of the five stages.
        fc_channels: Channels of fc6 and fc7.
        fc_dilations: Dilation of fc6, one for every branch.
        dropout_ratio: Dropout after fc6 and fc7.
        in_channels: Channels of the image.
        norm_cfg: Normalisation after every convolution of the trunk; None, as in the original, for none.
        init_cfg: Initialisation.
    """

    def __init__(
        self,
        widths: Sequence[int] = VGG16_WIDTHS,
        fc_channels: int = 1024,
        fc_dilations: Sequence[int] = (12,),
        dropout_ratio: float = 0.5,
        in_channels: int = 3,
        norm_cfg: dict | None = None,
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(in_channels, widths, norm_cfg, dilations=(1, 1, 1, 1, 2), init_cfg=init_cfg)
        self.branches = len(fc_dilations)
        for branch, dilation in enumerate(fc_dilations, start=1):
            fc6 = nn.Conv2d(widths[-1], fc_channels, 3, padding=dilation, dilation=dilation)
            self.add_module(f"fc6_{branch}", fc6)
            self.add_module(f"fc7_{branch}", nn.Conv2d(fc_channels, fc_channels, 1))
        self.dropout = nn.Dropout2d(dropout_ratio)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Compute one map per branch.

        Args:
            x: Images, float (N, C, H, W), any size.

        Returns:
            Maps, float (N, fc_channels, h, w) with h between ceil(H / 8) and H / 8 + 2; cell k lies at
            pixel 8k.
        """
        for stage in range(1, 6):
            x = self.run_stage(stage, x)
            x = F.max_pool2d(x, 3, stride=2 if stage <= 3 else 1, padding=1, ceil_mode=True)
        maps = []
        for branch in range(1, self.branches + 1):
            y = self.dropout(F.relu(getattr(self, f"fc6_{branch}")(x), inplace=True))
            maps.append(self.dropout(F.relu(getattr(self, f"fc7_{branch}")(y), inplace=True)))
        return tuple(maps)
