import pytest
import torch

from seg_plugins.backbones import UNetPlusPlus
from tests.segmentors.base import WeightsOnMeta, millions


def test_published_parameter_count():
    """9.04 million in the paper (table 3), without normalisation and with a 1x1 classifier."""
    with WeightsOnMeta():
        model = UNetPlusPlus(norm_cfg=None)
    assert round(millions(model) + 33e-6, 2) == 9.04


@pytest.mark.parametrize("size", [(1, 1), (61, 83), (32, 48)])
def test_maps_at_full_size(size):
    model = UNetPlusPlus(in_channels=2, base_channels=2).eval()
    assert [m.shape for m in model(torch.rand(1, 2, *size))] == [(1, 2, *size)] * 4


def test_nodes_join_their_row_and_the_one_below():
    """Three rows written out."""
    torch.manual_seed(0)
    model = UNetPlusPlus(base_channels=2, levels=3).eval()
    x = torch.rand(1, 3, 8, 12)
    node, up, pool = model.nodes, model.upsample, torch.nn.functional.max_pool2d
    x00 = node["0_0"](x)
    x10 = node["1_0"](pool(x00, 2))
    x20 = node["2_0"](pool(x10, 2))
    x01 = node["0_1"](torch.cat([x00, up["0_1"](x10)], 1))
    x11 = node["1_1"](torch.cat([x10, up["1_1"](x20)], 1))
    x02 = node["0_2"](torch.cat([x00, x01, up["0_2"](x11)], 1))
    for ours, by_hand in zip(model(x), (x01, x02), strict=True):
        torch.testing.assert_close(ours, by_hand)
