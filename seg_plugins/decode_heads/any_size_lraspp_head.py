"""Lite R-ASPP whose pooling window fits into the feature map."""

from mmseg.models.decode_heads import LRASPPHead
from mmseg.registry import MODELS
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d

__all__ = ["AnySizeLRASPPHead", "FittingAvgPool"]


class FittingAvgPool(nn.Module):
    """Average pooling whose window is at most as large as the map.

    Args:
        window: Side of the window, in cells.
        stride: (rows, columns) between windows, in cells.

    >>> import torch
    >>> FittingAvgPool(49, (16, 20))(torch.ones(1, 2, 18, 90)).shape
    torch.Size([1, 2, 1, 3])
    """

    def __init__(self, window: int, stride: tuple[int, int]) -> None:
        super().__init__()
        self.window, self.stride = window, stride

    def forward(self, x: Tensor) -> Tensor:
        """Pool (N, C, h, w) to (N, C, h', w') with at least one window each way."""
        return avg_pool2d(x, [min(self.window, side) for side in x.shape[-2:]], self.stride)


@MODELS.register_module()
class AnySizeLRASPPHead(LRASPPHead):
    """Upstream's `LRASPPHead`, which pools 49x49 cells and so refuses maps with a side of 48 or less.

    Here the window ends where the map ends. Weights, and results on larger maps, are upstream's.

    Source: Howard et al., Searching for MobileNetV3, ICCV 2019, https://arxiv.org/abs/1905.02244.

    Args:
        kwargs: Arguments of `LRASPPHead`.
    """

    def __init__(self, **kwargs: object) -> None:
        super().__init__(**kwargs)
        pool = self.image_pool[0]
        self.image_pool[0] = FittingAvgPool(pool.kernel_size, pool.stride)
