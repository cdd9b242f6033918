import torch

from seg_plugins.backbones import ESPNet
from seg_plugins.backbones.esp_net import halved


def test_maps_at_every_size():
    model = ESPNet(p=1, q=1, in_channels=4).eval()
    for height, width in ((1, 1), (61, 83)):
        maps = model(torch.rand(1, 4, height, width))
        wanted = [(20, 2), (132, 4), (256, 8)]
        assert [m.shape for m in maps] == [(1, c, -(-height // s), -(-width // s)) for c, s in wanted]


def test_the_image_is_averaged_with_zeros_around_it():
    image = torch.ones(1, 1, 4, 5)
    torch.testing.assert_close(halved(image)[0, 0, 0], torch.tensor([4.0, 6.0, 4.0]) / 9)
