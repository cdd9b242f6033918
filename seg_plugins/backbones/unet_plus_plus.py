"""U-Net++: a U-Net whose skips are nested U-Nets."""

import torch
from mmengine.model import BaseModule
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from .vanilla_unet import double_conv

__all__ = ["UNetPlusPlus"]


@MODELS.register_module()
class UNetPlusPlus(BaseModule):
    """Nodes X(i, j) at stride 2^i: each joins all nodes of its row to the left and the one below, upsampled.

    Zhou et al., UNet++: A Nested U-Net Architecture for Medical Image Segmentation, DLMIA 2018,
    https://arxiv.org/abs/1807.10165, figure 1: widths 32 to 512. The maps are X(0, 1) to X(0, L), all at full
    size: a decode head reads the last one, auxiliary heads the others (deep supervision, section 3.2).

    Args:
        in_channels: Channels of the image.
        base_channels: Width of the first row; each further row doubles it.
        levels: Number of rows L + 1.
        norm_cfg: Normalisation; None for none.
        init_cfg: Initialisation.
    """

    def __init__(
        self,
        in_channels: int = 3,
        base_channels: int = 32,
        levels: int = 5,
        norm_cfg: dict | None = dict(type="BN"),  # noqa: B006 (read only)
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(init_cfg or dict(type="Kaiming", layer=["Conv2d", "ConvTranspose2d"]))
        widths = [base_channels * 2**row for row in range(levels)]
        self.levels = levels
        self.nodes = nn.ModuleDict()
        self.upsample = nn.ModuleDict()
        for row, width in enumerate(widths):
            before = in_channels if row == 0 else widths[row - 1]
            self.nodes[f"{row}_0"] = double_conv(before, width, norm_cfg)
            for column in range(1, levels - row):
                self.upsample[f"{row}_{column}"] = nn.ConvTranspose2d(widths[row + 1], width, 2, stride=2)
                self.nodes[f"{row}_{column}"] = double_conv((column + 1) * width, width, norm_cfg)

    def forward(self, x: Tensor) -> tuple[Tensor, ...]:
        """Compute feature maps.

        Args:
            x: Images, float (N, C, H, W), any size.

        Returns:
            X(0, 1) to X(0, L), float (N, base_channels, H, W) each.
        """
        rows: list[list[Tensor]] = []
        for row in range(self.levels):
            below = max_pool2d(rows[-1][0], 2, ceil_mode=True) if row else x
            rows.append([self.nodes[f"{row}_0"](below)])
            for column in range(1, row + 1):  # the diagonal that the new node completes
                name, upper = f"{row - column}_{column}", rows[row - column]
                up = self.upsample[name](rows[row - column + 1][column - 1])
                up = up[..., : upper[0].shape[-2], : upper[0].shape[-1]]
                upper.append(self.nodes[name](torch.cat([*upper, up], 1)))
        return tuple(rows[0][1:])
