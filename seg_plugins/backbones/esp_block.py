"""The efficient spatial pyramid of ESPNet: one reduction, and parallel convolutions of growing dilation.

Mehta et al., ESPNet, ECCV 2018, https://arxiv.org/abs/1803.06815, section 3 and figure 1.
"""

import torch
from torch import Tensor, nn

__all__ = ["ESPBlock", "NormAct", "esp_conv"]

EPSILON = 1e-3
DILATIONS = (1, 2, 4, 8, 16)


def esp_conv(
    inputs: int, outputs: int, kernel: int, stride: int = 1, dilation: int = 1, groups: int = 1
) -> nn.Conv2d:
    """Build a convolution without bias whose map has ceil(n / stride) cells."""
    padding = (kernel - 1) // 2 * dilation
    return nn.Conv2d(inputs, outputs, kernel, stride, padding, dilation, groups, bias=False)


class NormAct(nn.Module):
    """Batch normalisation and PReLU, after a convolution if there is one.

    Args:
        channels: Channels of the result.
        conv: Convolution before it.
        eps: Epsilon of the normalisation.
        activated: False for no PReLU.
    """

    def __init__(
        self, channels: int, conv: nn.Conv2d | None = None, eps: float = EPSILON, activated: bool = True
    ) -> None:
        super().__init__()
        self.conv = conv
        self.norm = nn.BatchNorm2d(channels, eps=eps)
        self.act = nn.PReLU(channels) if activated else nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, C, H, W) to (N, channels, H', W')."""
        return self.act(self.norm(x if self.conv is None else self.conv(x)))


class ESPBlock(nn.Module):
    """Reduce, convolve with five dilations, and join their running sums, which removes gridding.

    Args:
        inputs: Channels in.
        outputs: Channels out, at least 5.
        stride: 2 for the block that halves the map.
        residual: Add the input.

    Raises:
        ValueError: There are fewer channels than branches.
    """

    def __init__(self, inputs: int, outputs: int, stride: int = 1, residual: bool = True) -> None:
        super().__init__()
        inner = outputs // len(DILATIONS)
        if not inner:
            raise ValueError(f"ESPBlock: {outputs} channels for {len(DILATIONS)} branches; use at least 5")
        first = outputs - inner * (len(DILATIONS) - 1)
        self.reduce = esp_conv(inputs, inner, 3 if stride > 1 else 1, stride)
        self.branches = nn.ModuleList(
            esp_conv(inner, first if i == 0 else inner, 3, dilation=d) for i, d in enumerate(DILATIONS)
        )
        self.norm = nn.BatchNorm2d(outputs, eps=EPSILON)
        self.act = nn.PReLU(outputs)
        self.residual = residual and stride == 1

    def forward(self, x: Tensor) -> Tensor:
        """Map (N, inputs, H, W) to (N, outputs, ceil(H / stride), ceil(W / stride))."""
        reduced = self.reduce(x)
        first, *others = (branch(reduced) for branch in self.branches)
        sums = [others[0]]
        for other in others[1:]:
            sums.append(sums[-1] + other)
        joined = torch.cat([first, *sums], 1)
        return self.act(self.norm(x + joined if self.residual else joined))
