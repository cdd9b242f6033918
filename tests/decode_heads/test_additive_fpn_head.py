import pytest
import torch
from torch.nn import functional as F

from seg_plugins.decode_heads.additive_fpn_head import AdditiveFPNHead


def maps(*shapes):
    torch.manual_seed(0)
    return [torch.rand(2, *shape) for shape in shapes]


def test_sums_run_from_coarse_to_fine():
    """Against the sum of all levels, resized step by step, before the last convolution."""
    head = AdditiveFPNHead(in_channels=(3, 4, 5), in_index=(0, 1, 2), channels=6, num_classes=2).eval()
    fine, middle, coarse = maps((3, 9, 13), (4, 5, 7), (5, 3, 4))
    seen = []
    head.fuse.register_forward_pre_hook(lambda module, inputs: seen.append(inputs[0]))
    result = head([fine, middle, coarse])
    a, b, c = (lateral(x) for lateral, x in zip(head.laterals, (fine, middle, coarse), strict=True))
    c = c + F.conv2d(coarse.mean((2, 3), keepdim=True), head.context.weight, head.context.bias)
    b = b + F.interpolate(c, (5, 7), mode="bilinear")
    torch.testing.assert_close(seen[0], a + F.interpolate(b, (9, 13), mode="bilinear"))
    assert result.shape == (2, 2, 9, 13)


def test_context_reaches_every_pixel():
    torch.manual_seed(0)
    options = dict(in_channels=(3, 4), in_index=(0, 1), channels=6, num_classes=2)
    fine, coarse = maps((3, 32, 32), (4, 16, 16))
    changed = coarse.clone()
    changed[:, :, 0, 0] += 5
    for context in (True, False):
        head = AdditiveFPNHead(**options, context=context).eval()
        far = (head([fine, coarse]) - head([fine, changed]))[:, :, -1, -1]
        assert far.abs().max().item() > 1e-6 if context else not far.any()


@pytest.mark.parametrize("channels", [320, (320,)])
def test_one_map_is_refused(channels):
    with pytest.raises(ValueError, match="at least two maps"):
        AdditiveFPNHead(in_channels=channels, num_classes=2)
