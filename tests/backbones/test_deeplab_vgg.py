import pytest
import torch

from seg_plugins.backbones import DeepLabVGG

NARROW = dict(widths=(2, 2, 3, 4, 5), fc_channels=6)


@pytest.mark.parametrize("side, cells", [(321, 41), (33, 5), (1, 1)])
def test_stride_is_eight_at_the_paper_sizes(side, cells):
    maps = DeepLabVGG(**NARROW).eval()(torch.rand(1, 3, side, side))
    assert [m.shape for m in maps] == [(1, 6, cells, cells)]


def test_one_map_for_every_branch():
    model = DeepLabVGG(**NARROW, fc_dilations=(6, 12, 18, 24)).eval()
    assert [getattr(model, f"fc6_{i}").dilation[0] for i in range(1, 5)] == [6, 12, 18, 24]
    assert len(model(torch.rand(1, 3, 64, 64))) == 4
    assert model.conv5_1.dilation == (2, 2) and model.conv4_1.dilation == (1, 1)
