import pytest
import torch

from seg_plugins.backbones import ESPNet
from seg_plugins.decode_heads.esp_net_head import ESPNetHead, doubled


@pytest.mark.parametrize("size, logits", [((64, 48), (64, 48)), ((61, 83), (62, 84)), ((1, 1), (2, 2))])
def test_scores_at_full_size(size, logits):
    head = ESPNetHead(num_classes=3).eval()
    assert head(ESPNet(p=1, q=1).eval()(torch.rand(1, 3, *size))).shape == (1, 3, *logits)


def test_channels_are_the_classes_as_in_the_paper():
    assert ESPNetHead(num_classes=20).channels == 20
    assert ESPNetHead(num_classes=2).channels == 5
    assert ESPNetHead(num_classes=11, channels=12).conv_seg.weight.shape == (12, 11, 2, 2)


def test_upsampling_is_cropped():
    layer = torch.nn.ConvTranspose2d(1, 1, 2, stride=2, bias=False)
    x = torch.rand(1, 1, 3, 4)
    result = doubled(layer, x, torch.empty(1, 9, 5, 8))
    assert result.shape == (1, 1, 5, 8)
    torch.testing.assert_close(result[0, 0, 4, 7], x[0, 0, 2, 3] * layer.weight[0, 0, 0, 1])
