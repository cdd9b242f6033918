import pytest
import torch
from torch import nn

from seg_plugins.backbones import ConvNeXt
from seg_plugins.backbones.backbone_weights import load_backbone_weights
from seg_plugins.backbones.conv_ne_xt import ARCHITECTURES, ChannelNorm, convnext_arch
from tests.segmentors.base import WeightsOnMeta, millions

SMALL = ((1, 1, 2, 1), (4, 6, 8, 10))
PUBLISHED = {
    "tiny": 28.589128,
    "small": 50.223688,
    "base": 88.591464,
    "large": 197.767336,
    "xlarge": 350.196968,
}


@pytest.mark.parametrize("arch", ARCHITECTURES)
def test_published_parameter_counts(arch):
    """With the classifier of 1,000 classes and its normalisation, without those of the maps."""
    with WeightsOnMeta():
        model = ConvNeXt(arch)
    width = ARCHITECTURES[arch][1][-1]
    norms = millions(*(getattr(model, f"norm{i}") for i in range(4)))
    assert millions(model) - norms + (2 * width + 1000 * (width + 1)) / 1e6 == pytest.approx(PUBLISHED[arch])
    assert convnext_arch(model.state_dict()) == arch


@pytest.mark.parametrize("stride", [8, 16, 32])
def test_maps_at_every_stride_and_size(stride):
    model = ConvNeXt(SMALL, in_channels=2, output_stride=stride).eval()
    for height, width in ((1, 1), (61, 83)):
        maps = model(torch.rand(1, 2, height, width))
        strides = [min(s, stride) for s in (4, 8, 16, 32)]
        assert [m.shape for m in maps] == [
            (1, c, -(-height // s), -(-width // s)) for c, s in zip(SMALL[1], strides, strict=True)
        ]


def test_dilated_maps_hold_the_strided_ones():
    """Every fourth cell, away from the border, equals the cell of the strided map."""
    torch.manual_seed(0)
    strided = ConvNeXt(SMALL, layer_scale=1.0).eval()
    dense = ConvNeXt(SMALL, layer_scale=1.0, output_stride=8).eval()
    strided.init_weights()
    dense.load_state_dict(strided.state_dict())
    image = torch.rand(1, 3, 768, 768)
    with torch.no_grad():
        wide, fine = strided(image)[3], dense(image)[3][:, :, ::4, ::4]
    middle = slice(10, 14)
    torch.testing.assert_close(wide[..., middle, middle], fine[..., middle, middle], rtol=1e-3, atol=1e-3)


def test_channels_are_normalised_pixel_by_pixel():
    x = torch.rand(2, 6, 3, 4)
    expected = (x - x.mean(1, keepdim=True)) / (x.var(1, unbiased=False, keepdim=True) + 1e-6).sqrt()
    torch.testing.assert_close(ChannelNorm(6, eps=1e-6)(x), expected)


def test_files_of_the_classifier_load():
    source, model = ConvNeXt(SMALL), ConvNeXt(SMALL)
    nn.init.constant_(model.norm1.weight, 2)
    file = {k: v for k, v in source.state_dict().items() if not k.startswith("norm")}
    file |= {"norm.weight": torch.ones(10), "norm.bias": torch.ones(10), "head.weight": torch.ones(5, 10)}
    load_backbone_weights(model, file, "file")
    assert torch.equal(model.stages[2][1].gamma, source.stages[2][1].gamma)
    assert torch.equal(model.downsample_layers[0][0].weight, source.downsample_layers[0][0].weight)
    assert model.norm1.weight.eq(2).all()
    load_backbone_weights(model, source.state_dict(), "whole")
    assert model.norm1.weight.eq(1).all()
    del file["stages.2.1.gamma"]
    with pytest.raises(ValueError, match=r"do not fit ConvNeXt\. Missing \(1\): stages\.2\.1\.gamma"):
        load_backbone_weights(model, file, "file")


def test_another_architecture_is_named():
    with WeightsOnMeta():
        small, tiny = ConvNeXt("small").state_dict(), ConvNeXt("tiny")
    with pytest.raises(ValueError, match=r"x\.pth are those of ConvNeXt small.*arch='small'"):
        load_backbone_weights(tiny, small, "x.pth")


@pytest.mark.parametrize(
    "wrong, message",
    [
        (dict(arch="huge"), "known: tiny"),
        (dict(output_stride=4), "use 8, 16"),
        (dict(out_indices=(4,)), "map 4"),
    ],
)
def test_wrong_arguments_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        ConvNeXt(**wrong)
