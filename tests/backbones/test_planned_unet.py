import pytest
import torch
from torch import nn

from seg_plugins.backbones import PlannedUNet
from seg_plugins.backbones.planned_unet import plan_unet


@pytest.mark.parametrize(
    "size, halvings", [((512, 512), (7, 7)), ((128, 256), (5, 6)), ((20, 9), (2, 1)), ((7, 16), (0, 2))]
)
def test_each_axis_is_halved_while_four_cells_are_left(size, halvings):
    strides = plan_unet(size).strides
    assert strides[0] == (1, 1)
    for axis, side, count in zip((0, 1), size, halvings, strict=True):
        assert sum(stride[axis] == 2 for stride in strides) == count
        for stride in strides:
            side = -(-side // stride[axis])
        assert side >= 4


def test_channels_double_up_to_the_limit():
    assert plan_unet((512, 512)).channels == (32, 64, 128, 256, 512, 512, 512, 512)
    assert plan_unet((64, 64), base_channels=8).channels == (8, 16, 32, 64, 128)


def test_too_small_crops_are_refused():
    with pytest.raises(ValueError, match=r"patch_size=\(7, 7\) is too small"):
        plan_unet((7, 7))
    with pytest.raises(ValueError, match=r"num_maps=3, and crops of \(16, 16\) give a decoder of 2 levels"):
        PlannedUNet((16, 16), base_channels=2)


@pytest.mark.parametrize("size", [(64, 128), (61, 83), (5, 7), (1, 1)])
def test_maps_at_every_size(size):
    model = PlannedUNet((64, 128), base_channels=2, in_channels=1).eval()
    maps = model(torch.rand(1, 1, *size))
    assert len(maps) == 3 and maps[0].shape == (1, 2, *size)
    assert all(torch.isfinite(m).all() for m in maps)


def test_layers_are_those_of_the_paper():
    model = PlannedUNet((32, 32), base_channels=4, num_maps=2)
    kinds = {type(module) for module in model.modules()}
    assert {nn.InstanceNorm2d, nn.LeakyReLU, nn.ConvTranspose2d} <= kinds
    assert not kinds & {nn.BatchNorm2d, nn.MaxPool2d, nn.ReLU}
    by_hand = 0
    for inputs, outputs in ((3, 4), (4, 8), (8, 16), (16, 32), (32, 16), (16, 8), (8, 4)):
        by_hand += 9 * inputs * outputs + 9 * outputs**2 + 6 * outputs  # two biases, two affine norms
    by_hand += sum(4 * a * b + b for a, b in ((32, 16), (16, 8), (8, 4)))
    assert sum(p.numel() for p in model.parameters()) == by_hand
