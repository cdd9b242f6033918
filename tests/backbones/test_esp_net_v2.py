import pytest
import torch

from seg_plugins.backbones import ESPNetV2
from seg_plugins.backbones.esp_net_v2 import SCALES, EESPBlock


@pytest.mark.parametrize("scale", SCALES)
def test_channels_of_every_width(scale):
    maps = ESPNetV2(scale).eval()(torch.rand(1, 3, 32, 48))
    assert [m.shape[1] for m in maps] == list(SCALES[scale])


def test_maps_at_every_size():
    model = ESPNetV2(0.5, in_channels=2).eval()
    for height, width in ((1, 1), (61, 83)):
        maps = model(torch.rand(1, 2, height, width))
        assert [m.shape[2:] for m in maps] == [(-(-height // s), -(-width // s)) for s in (2, 4, 8, 16)]


def test_sums_run_over_the_branches():
    torch.manual_seed(0)
    block = EESPBlock(16, 16, reach=9).eval()
    x = torch.rand(1, 16, 9, 9)
    reduced = block.reduce(x)
    a, b, c, d = (branch(reduced) for branch in block.branches)
    merged = block.merge(torch.cat([a, a + b, a + b + c, a + b + c + d], 1))
    torch.testing.assert_close(block(x), block.act(x + block.expand(merged)))


def test_unknown_widths_are_refused():
    with pytest.raises(ValueError, match=r"scale=3; known: 0\.5, 1\.0"):
        ESPNetV2(3)
