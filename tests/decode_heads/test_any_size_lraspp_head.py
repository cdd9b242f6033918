import pytest
import torch
from mmseg.models.decode_heads import LRASPPHead

from seg_plugins.decode_heads import AnySizeLRASPPHead

OPTIONS = dict(
    in_channels=(2, 3, 4),
    in_index=(0, 1, 2),
    channels=8,
    input_transform="multiple_select",
    num_classes=5,
    branch_channels=(3, 4),
    norm_cfg=dict(type="BN"),
)


def head(kind):
    torch.manual_seed(0)
    return kind(**OPTIONS).eval()


def features(height, width):
    return [torch.rand(1, c, height * s, width * s) for c, s in ((2, 4), (3, 2), (4, 1))]


@pytest.mark.parametrize("size", [(49, 49), (64, 128), (50, 90)])
def test_it_is_upstreams_where_upstreams_works(size):
    ours, theirs = head(AnySizeLRASPPHead), head(LRASPPHead)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    maps = features(*size)
    assert torch.equal(ours(maps), theirs(maps))


@pytest.mark.parametrize("size", [(48, 60), (45, 60), (1, 1), (3, 70)])
def test_smaller_maps_are_pooled_as_far_as_they_reach(size):
    maps = features(*size)
    with pytest.raises(RuntimeError, match="too small"):
        head(LRASPPHead)(maps)
    ours = head(AnySizeLRASPPHead)
    assert ours(maps).shape == (1, 5, size[0] * 4, size[1] * 4)
    pooled = ours.image_pool[0](maps[-1])
    assert pooled.shape[2] == 1
    torch.testing.assert_close(pooled[:, :, 0, 0], maps[-1][..., : min(49, size[1])].mean((2, 3)))
