"""DDRNet for images of any size."""

from mmseg.models.backbones import DDRNet
from mmseg.registry import MODELS
from torch import Tensor

from seg_plugins.ops.padding import pad_to_multiple

__all__ = ["PaddedDDRNet"]


@MODELS.register_module()
class PaddedDDRNet(DDRNet):
    """Upstream's DDRNet, which adds branches of equal size only where height and width are multiples of 8.

    Other images are padded with zeros on the right and at the bottom, so that the features have the size
    that strides of 8 in all give, rounded up. Weights and results at multiples of 8 are upstream's.

    Source: Hong et al., https://arxiv.org/abs/2101.06085.
    """

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor]:
        """Features of images (N, C, H, W): (N, F, ceil(H / 8), ceil(W / 8)), in training two such maps."""
        return super().forward(pad_to_multiple(x, 8))
