import pytest
import torch
from torch.nn import functional as F

from seg_plugins.backbones import SegNetEncoder
from seg_plugins.decode_heads.segnet_head import SegNetHead, unpool

WIDTHS = (2, 3, 4, 5, 5)


@pytest.mark.parametrize("size", [(8, 8), (7, 9), (1, 3)])
def test_unpool_equals_torch(size):
    x = torch.rand(2, 3, *size)
    pooled, indices = F.max_pool2d(x, 2, ceil_mode=True, return_indices=True)
    expected = F.max_unpool2d(pooled, indices, 2, output_size=size)
    torch.testing.assert_close(unpool(pooled, indices, size), expected)


def test_unpool_gradient():
    x = torch.rand(1, 2, 6, 5, dtype=torch.float64)
    pooled, indices = F.max_pool2d(x, 2, ceil_mode=True, return_indices=True)
    pooled.requires_grad_()
    assert torch.autograd.gradcheck(lambda p: unpool(p, indices, (6, 5)), (pooled,))


def test_nothing_upsamples_by_learnt_weights():
    head = SegNetHead(num_classes=11)
    assert not any(isinstance(m, torch.nn.ConvTranspose2d) for m in head.modules())
    assert sum(isinstance(m, torch.nn.Conv2d) for m in head.modules()) == 13


def test_the_indices_decide_where_values_go():
    torch.manual_seed(0)
    encoder, head = SegNetEncoder(widths=WIDTHS).eval(), SegNetHead(widths=WIDTHS, num_classes=3).eval()
    last, pools = encoder(torch.rand(1, 3, 32, 32))
    before = head((last, pools))
    moved = [(torch.zeros_like(indices), size) for indices, size in pools]
    assert before.shape == (1, 3, 32, 32)
    assert not torch.allclose(before, head((last, moved)))
