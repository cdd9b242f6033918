"""The encoder of SegNet: VGG-16-BN that keeps the position of every maximum."""

from mmseg.registry import MODELS
from torch import Tensor
from torch.nn import functional as F

from .vgg import CONVS_PER_STAGE, VGGStages

__all__ = ["SegNetEncoder"]


@MODELS.register_module()
class SegNetEncoder(VGGStages):
    """VGG-16 with batch normalisation; returns its last map and the indices of every pooling.

    Badrinarayanan, Kendall and Cipolla, SegNet, IEEE TPAMI 39(12), 2017, section 3.

    Args:
        in_channels: Channels of the image.
        widths: Channels of the five stages.
        convs: Convolutions of each stage.
        norm_cfg: Normalisation after every convolution.
        init_cfg: Initialisation.
    """

    def __init__(
        self,
        in_channels: int = 3,
        widths: tuple[int, ...] = (64, 128, 256, 512, 512),
        convs: tuple[int, ...] = CONVS_PER_STAGE,
        norm_cfg: dict | None = dict(type="BN"),  # noqa: B006 (read only)
        init_cfg: dict | None = None,
    ) -> None:
        super().__init__(in_channels, widths, norm_cfg, convs=convs, init_cfg=init_cfg)

    def forward(self, x: Tensor) -> tuple[Tensor, list[tuple[Tensor, tuple[int, int]]]]:
        """Encode images.

        Args:
            x: Images, float (N, C, H, W), any size.

        Returns:
            The last map, float (N, widths[4], ceil(H / 32), ceil(W / 32)), and for every pooling, finest
            first, its indices, int64 (N, widths[i], h, w), with the (height, width) it pooled from.
        """
        pools = []
        for stage in range(1, 6):
            x = self.run_stage(stage, x)
            size = (x.shape[2], x.shape[3])
            x, indices = F.max_pool2d(x, 2, ceil_mode=True, return_indices=True)
            pools.append((indices, size))
        return x, pools
