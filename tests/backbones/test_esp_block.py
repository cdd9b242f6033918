import pytest
import torch

from seg_plugins.backbones.esp_block import ESPBlock, NormAct


def test_running_sums_of_dilated_branches():
    """Against the sums written out; the first branch stays apart."""
    torch.manual_seed(0)
    block = ESPBlock(12, 12).eval()
    x = torch.rand(1, 12, 9, 11)
    reduced = block.reduce(x)
    a, b, c, d, e = (branch(reduced) for branch in block.branches)
    assert [branch.dilation[0] for branch in block.branches] == [1, 2, 4, 8, 16]
    joined = torch.cat([a, b, b + c, b + c + d, b + c + d + e], 1)
    assert a.shape[1] == 4 and b.shape[1] == 2
    torch.testing.assert_close(block(x), block.act(block.norm(x + joined)))


@pytest.mark.parametrize("size", [(1, 1), (7, 8)])
def test_halving_rounds_up(size):
    cells = tuple(-(-side // 2) for side in size)
    assert ESPBlock(3, 10, stride=2).eval()(torch.rand(1, 3, *size)).shape == (1, 10, *cells)


def test_too_few_channels_are_refused():
    with pytest.raises(ValueError, match="4 channels for 5 branches"):
        ESPBlock(8, 4)


def test_activation_is_an_option():
    x = -torch.rand(1, 3, 4, 4)
    torch.testing.assert_close(NormAct(3, activated=False).eval()(x), x / (1 + 1e-3) ** 0.5)
    torch.testing.assert_close(NormAct(3).eval()(x), 0.25 * x / (1 + 1e-3) ** 0.5)
