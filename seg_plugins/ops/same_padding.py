"""Convolutions padded as in TensorFlow, so that a stride of s gives ceil(n / s) cells for every n."""

from torch import Tensor, nn
from torch.nn.functional import pad

__all__ = ["SameConv2d", "same_padding"]


def same_padding(size: int, kernel: int, stride: int, dilation: int = 1) -> tuple[int, int]:
    """Return TensorFlow's "SAME" padding of one axis: the larger half lies behind.

    Args:
        size: Pixels of the axis.
        kernel: Side of the kernel.
        stride: Stride of the convolution.
        dilation: Its dilation.

    Returns:
        Pixels in front and behind.

    >>> same_padding(224, 3, 2), same_padding(225, 3, 2), same_padding(224, 5, 1, dilation=2)
    ((0, 1), (1, 1), (4, 4))
    """
    reach = (kernel - 1) * dilation + 1
    cells = (size + stride - 1) // stride
    total = max((cells - 1) * stride + reach - size, 0)
    return total // 2, total - total // 2


class SameConv2d(nn.Conv2d):
    """Convolution without bias and with TensorFlow's or with symmetric padding; both give ceil(n / s) cells.

    Args:
        in_channels: Channels in.
        out_channels: Channels out.
        kernel_size: Side of the kernel, odd.
        stride: Stride.
        dilation: Dilation.
        groups: Groups.
        tf_padding: Pad as TensorFlow does; it differs only for a stride above 1.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        dilation: int = 1,
        groups: int = 1,
        tf_padding: bool = True,
    ) -> None:
        self.padded_outside = tf_padding and stride > 1
        padding = 0 if self.padded_outside else (kernel_size - 1) // 2 * dilation
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, groups, bias=False
        )

    def forward(self, x: Tensor) -> Tensor:
        """Convolve (N, C, H, W) to (N, C', ceil(H / stride), ceil(W / stride))."""
        if self.padded_outside:
            (stride, _), (dilation, _), (kernel, _) = self.stride, self.dilation, self.kernel_size
            rows, columns = (same_padding(side, kernel, stride, dilation) for side in x.shape[-2:])
            x = pad(x, (*columns, *rows))
        return super().forward(x)
