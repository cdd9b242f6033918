import pytest
import torch

from seg_plugins.backbones import UNet, VanillaUNet


@pytest.mark.parametrize("bilinear", [False, True])
def test_the_published_example(bilinear):
    model = UNet(n_channels=3, n_classes=10, bilinear=bilinear).eval()
    with torch.no_grad():
        assert model(torch.rand(1, 3, 256, 256)).shape == (1, 10, 256, 256)


def test_paper_size():
    with torch.device("meta"):
        model = UNet(n_channels=3, n_classes=10)
    assert sum(p.numel() for p in model.parameters()) == 31_038_218


def test_padding_inside_does_not_change_divisible_sizes():
    """An image that fits gives the same features as the same image with its padding made outside."""
    torch.manual_seed(0)
    model = VanillaUNet(base_channels=4).eval()
    image = torch.rand(1, 3, 40, 53)
    padded = torch.nn.functional.pad(image, (0, 11, 0, 8), mode="replicate")
    torch.testing.assert_close(model(image)[0], model(padded)[0][:, :, :40, :53])


def test_without_normalisation_as_in_the_paper():
    names = [type(m).__name__ for m in VanillaUNet(base_channels=2, norm_cfg=None).modules()]
    assert "BatchNorm2d" not in names
    assert names.count("ConvTranspose2d") == 4


def test_skips_carry_detail():
    """Cutting the skips changes the output: the decoder reads them."""
    torch.manual_seed(0)
    model = VanillaUNet(base_channels=4).eval()
    x = torch.rand(1, 3, 32, 32)
    before = model(x)[0]
    for block in model.decoder:
        conv = block[0]
        conv.weight.data[:, : conv.weight.shape[1] // 2] = 0
    assert not torch.allclose(before, model(x)[0])
