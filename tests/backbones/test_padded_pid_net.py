import pytest
import torch
from mmseg.models.backbones import PIDNet

from seg_plugins.backbones import PaddedPIDNet


def network(kind):
    torch.manual_seed(0)
    return kind(channels=4, ppm_channels=4)


@pytest.mark.parametrize("training", [False, True])
def test_it_is_upstreams_at_multiples_of_8(training):
    ours, theirs = network(PaddedPIDNet).train(training), network(PIDNet).train(training)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    x = torch.rand(2, 3, 72, 88)
    torch.testing.assert_close(ours(x), theirs(x), rtol=0, atol=0)


@pytest.mark.parametrize("size", [(135, 201), (65, 64), (7, 5)])
def test_features_have_the_size_of_the_strides_rounded_up(size):
    ours, theirs = network(PaddedPIDNet), network(PIDNet)
    x = torch.rand(2, 3, *size)
    with pytest.raises((RuntimeError, ValueError)):
        theirs(x)
    maps = ours(x)
    assert {tuple(m.shape[2:]) for m in maps} == {(-(-size[0] // 8), -(-size[1] // 8))}
