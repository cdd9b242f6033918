"""PIDNet for images of any size."""

from mmseg.models.backbones import PIDNet
from mmseg.registry import MODELS
from torch import Tensor

from seg_plugins.ops.padding import pad_to_multiple

__all__ = ["PaddedPIDNet"]


@MODELS.register_module()
class PaddedPIDNet(PIDNet):
    """Upstream's PIDNet, which adds branches of equal size only where height and width are multiples of 8.

    Other images are padded with zeros on the right and at the bottom, so that the features have the size
    that strides of 8 in all give, rounded up. Weights and results at multiples of 8 are upstream's.

    Source: Xu et al., CVPR 2023, https://arxiv.org/abs/2206.02066.
    """

    def forward(self, x: Tensor) -> Tensor | tuple[Tensor, Tensor, Tensor]:
        """Features of images (N, C, H, W): (N, F, ceil(H / 8), ceil(W / 8)), in training three such maps."""
        return super().forward(pad_to_multiple(x, 8))
