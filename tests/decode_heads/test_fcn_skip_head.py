import pytest
import torch
from torch.nn import functional as F

from seg_plugins.backbones import FCNVGG
from seg_plugins.decode_heads.fcn_skip_head import FCNSkipHead, bilinear_kernel, crop_to_common_grid

CROPS = {8: (5, 9, 31), 16: (5, None, 27), 32: (None, None, 19)}


def caffe_fcn(head, image, pool3, pool4, fc7):
    """The published networks, with the crop offsets that their prototxt files state as numbers."""
    height, width = image.shape[2:]
    at_pool4, at_pool3, last = CROPS[head.stride]
    x = head.conv_seg(fc7)
    for score, deconv, offset, feature in (
        ("score_pool4", "upscore2", at_pool4, pool4),
        ("score_pool3", "upscore_pool4", at_pool3, pool3),
    ):
        if offset is None:
            continue
        x = getattr(head, deconv)(x)
        y = getattr(head, score)(feature)
        x = x + y[:, :, offset : offset + x.shape[2], offset : offset + x.shape[3]]
    return head.upscore(x)[:, :, last : last + height, last : last + width]


@pytest.mark.parametrize("stride", [8, 16, 32])
@pytest.mark.parametrize("size", [(1, 1), (32, 64), (45, 70), (97, 33)])
def test_crops_equal_the_published_offsets(stride, size):
    torch.manual_seed(0)
    trunk = FCNVGG(widths=(2, 2, 3, 4, 5), fc_channels=6).eval()
    head = FCNSkipHead(in_channels=(3, 4, 6), stride=stride, num_classes=3).eval()
    for name, parameter in head.named_parameters():
        if "score_" in name or "conv_seg" in name:
            parameter.data.normal_()
    features = trunk(torch.rand(1, 3, *size))
    result = head(features)
    assert result.shape == (1, 3, *size)
    torch.testing.assert_close(result, caffe_fcn(head, *features))


@pytest.mark.parametrize("factor", [2, 8])
def test_bilinear_deconvolution_equals_interpolation(factor):
    """Away from the border it is F.interpolate without aligned corners."""
    x = torch.rand(1, 2, 6, 6)
    up = F.conv_transpose2d(x, bilinear_kernel(2, factor), stride=factor)[
        :, :, factor // 2 : -(factor // 2), factor // 2 : -(factor // 2)
    ]
    expected = F.interpolate(x, scale_factor=factor, mode="bilinear", align_corners=False)
    inner = slice(factor, -factor)
    torch.testing.assert_close(up[:, :, inner, inner], expected[:, :, inner, inner])


@pytest.mark.parametrize(
    "input_padding, fc_kernel, fc_padding", [(100, 7, 0), (1, 3, 1), (1, 7, 3), (65, 3, 0)]
)
def test_every_padding_keeps_the_grids_aligned(input_padding, fc_kernel, fc_padding):
    """A bright cell of pool5 stays where it is, whatever the trunk pads."""
    paddings = dict(input_padding=input_padding, fc_kernel=fc_kernel, fc_padding=fc_padding)
    trunk = FCNVGG(widths=(1, 1, 1, 1, 1), fc_channels=1, in_channels=1, **paddings).eval()
    head = FCNSkipHead(in_channels=(1, 1, 1), num_classes=2, **paddings).eval()
    for module in (*trunk.modules(), head.conv_seg, head.score_pool4, head.score_pool3):
        if isinstance(module, torch.nn.Conv2d):
            module.weight.data.zero_()
            middle = module.kernel_size[0] // 2
            module.weight.data[:, :, middle, middle] = 1
            module.bias.data.zero_()
    image = torch.zeros(1, 1, 160, 224)
    top, left = -(input_padding - 1) % 32 + 32, -(input_padding - 1) % 32 + 64
    image[:, :, top : top + 32, left : left + 32] = 1
    score = head(trunk(image))[0, 0]
    rows, columns = score.sum(1), score.sum(0)
    assert (rows @ torch.arange(160.0) / rows.sum()).item() == pytest.approx(top + 15.5, abs=0.1)
    assert (columns @ torch.arange(224.0) / columns.sum()).item() == pytest.approx(left + 15.5, abs=0.1)


def test_common_grid_cuts_either_side():
    a, b = torch.arange(6.0).view(1, 1, 1, 6), torch.arange(5.0).view(1, 1, 1, 5)
    a, b = a.expand(1, 1, 6, 6), b.expand(1, 1, 5, 5)
    cut_a, cut_b, origin = crop_to_common_grid(a, 0.0, b, 16.0, 8.0)
    assert cut_a[0, 0, 0].tolist() == [2, 3, 4, 5] and cut_b[0, 0, 0].tolist() == [0, 1, 2, 3]
    assert origin == 16.0


def test_only_the_last_upsampling_is_fixed():
    head = FCNSkipHead(num_classes=4)
    fixed = [n for n, p in head.named_parameters() if not p.requires_grad]
    assert fixed == ["upscore.weight"]


def test_unknown_stride_is_refused():
    with pytest.raises(ValueError, match="stride=4"):
        FCNSkipHead(num_classes=4, stride=4)
