import torch
from torch.nn import functional as F

from seg_plugins.backbones import ESPNetV2
from seg_plugins.decode_heads.esp_net_v2_head import ESPNetV2Head, PyramidPool


def test_scores_at_the_finest_map():
    head = ESPNetV2Head(num_classes=3, in_channels=(16, 32, 64, 128)).eval()
    for size, logits in (((64, 48), (32, 24)), ((61, 83), (31, 42)), ((1, 1), (1, 1))):
        assert head(ESPNetV2(0.5).eval()(torch.rand(1, 3, *size))).shape == (1, 3, *logits)


def test_channels_follow_the_classes():
    assert ESPNetV2Head(num_classes=2).channels == 4
    assert ESPNetV2Head(num_classes=20).channels == 10
    assert ESPNetV2Head(num_classes=150).channels == 16


def test_scales_of_the_pyramid():
    """Each branch by hand, on a map that is large enough for all scales."""
    torch.manual_seed(0)
    pool = PyramidPool(6, 4, None).eval()
    seen = []
    pool.merge.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    x = torch.rand(1, 6, 60, 70)
    pool(x)
    y = pool.reduce(x)
    a, b, c, d, e = pool.branches
    resized = dict(mode="bilinear", align_corners=True)
    expected = [
        F.adaptive_avg_pool2d(a(F.interpolate(y, (120, 140), **resized)), (60, 70)),
        F.adaptive_avg_pool2d(b(F.interpolate(y, (90, 105), **resized)), (60, 70)),
        c(y),
        F.interpolate(d(F.adaptive_avg_pool2d(y, (30, 35))), (60, 70), **resized),
        F.interpolate(e(F.adaptive_avg_pool2d(y, (6, 7))), (60, 70), **resized),
    ]
    torch.testing.assert_close(seen[0], torch.cat(expected, 1))
