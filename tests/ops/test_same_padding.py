import pytest
import torch
from torch.nn import functional as F

from seg_plugins.ops.same_padding import SameConv2d, same_padding


@pytest.mark.parametrize("kernel, stride, dilation", [(3, 2, 1), (5, 2, 1), (5, 2, 2), (3, 1, 4), (1, 2, 1)])
@pytest.mark.parametrize("size", [1, 2, 7, 8, 33])
def test_cells_and_halves(size, kernel, stride, dilation):
    """The definition of "SAME": ceil(n / s) cells, as few zeros as give them, the odd one behind."""
    front, behind = same_padding(size, kernel, stride, dilation)
    reach = (kernel - 1) * dilation + 1
    cells = -(-size // stride)
    assert behind - front in (0, 1)
    assert (size + front + behind - reach) // stride + 1 == cells
    if front + behind:
        assert (size + front + behind - 1 - reach) // stride + 1 < cells


def test_the_asymmetric_convolution_by_hand():
    conv = SameConv2d(1, 1, 3, stride=2)
    conv.weight.data = torch.arange(9.0).view(1, 1, 3, 3)
    x = torch.rand(1, 1, 6, 7)
    torch.testing.assert_close(conv(x), F.conv2d(F.pad(x, (1, 1, 0, 1)), conv.weight, stride=2))


@pytest.mark.parametrize("tf_padding", [True, False])
def test_both_paddings_round_up(tf_padding):
    for side in (1, 2, 5, 8):
        conv = SameConv2d(2, 3, 5, stride=2, tf_padding=tf_padding)
        assert conv(torch.rand(1, 2, side, side + 3)).shape == (1, 3, -(-side // 2), -(-(side + 3) // 2))
