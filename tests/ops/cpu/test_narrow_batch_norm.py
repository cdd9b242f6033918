import copy

import pytest
import torch
from torch import nn

from seg_plugins.ops.cpu.narrow_batch_norm import NarrowBatchNorm2d, speed_up_narrow_batch_norms


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def pair(channels):
    """A layer of PyTorch's with odd values, and the same as ours."""
    torch.manual_seed(0)
    plain = nn.BatchNorm2d(channels, momentum=0.3, eps=1e-3)
    nn.init.uniform_(plain.weight, 0.5, 2)
    nn.init.normal_(plain.bias)
    ours = nn.Sequential(copy.deepcopy(plain))
    speed_up_narrow_batch_norms(ours)
    return plain, ours[0]


@pytest.mark.usefixtures("two_threads")
@pytest.mark.parametrize("shape", [(2, 8, 16, 32), (3, 5, 7, 9), (1, 1, 3, 3), (2, 15, 8, 8)])
def test_values_gradients_and_buffers_equal_pytorch_in_float64(shape):
    plain, ours = pair(shape[1])
    assert type(ours) is NarrowBatchNorm2d
    plain.double()
    x = 5 + 2 * torch.randn(shape)
    gradient = torch.randn(shape)
    inputs = x.to(memory_format=torch.channels_last).requires_grad_(), x.double().requires_grad_()
    outs = ours(inputs[0]), plain(inputs[1])
    assert "NarrowBatchNorm" in type(outs[0].grad_fn).__name__
    outs[0].backward(gradient)
    outs[1].backward(gradient.double())
    pairs = [outs, (inputs[0].grad, inputs[1].grad)]
    pairs += [(getattr(ours, p).grad, getattr(plain, p).grad) for p in ("weight", "bias")]
    pairs += [(getattr(ours, b), getattr(plain, b)) for b in ("running_mean", "running_var")]
    for actual, expected in pairs:
        torch.testing.assert_close(actual.double(), expected, rtol=1e-4, atol=2e-5)
    assert ours.num_batches_tracked == plain.num_batches_tracked == 1
    assert inputs[0].grad.is_contiguous(memory_format=torch.channels_last)


@pytest.mark.usefixtures("two_threads")
def test_evaluation_and_other_orders_take_pytorchs_way():
    plain, ours = pair(8)
    x = torch.randn(2, 8, 6, 6)
    assert torch.equal(ours(x), plain(x))
    plain.eval(), ours.eval()
    last = x.to(memory_format=torch.channels_last)
    assert torch.equal(ours(last), plain(last))
    assert ours.num_batches_tracked == 1


def test_only_narrow_layers_that_learn_and_track_are_changed():
    layers = nn.Sequential(
        nn.BatchNorm2d(8),
        nn.BatchNorm2d(16),
        nn.BatchNorm2d(8, affine=False),
        nn.BatchNorm2d(8, track_running_stats=False),
        nn.BatchNorm2d(8, momentum=None),
        nn.SyncBatchNorm(8),
    )
    keys = list(layers.state_dict())
    speed_up_narrow_batch_norms(layers)
    assert [type(layer) is NarrowBatchNorm2d for layer in layers] == [True] + [False] * 5
    assert list(layers.state_dict()) == keys
