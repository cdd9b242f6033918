import pytest
import torch

from seg_plugins.backbones import FCNVGG

NARROW = dict(widths=(2, 2, 3, 4, 5), fc_channels=6)


@pytest.mark.parametrize("height, width", [(1, 1), (32, 32), (33, 65), (227, 100)])
def test_shapes_follow_caffe(height, width):
    """Padding by 100 adds 198 pixels; pools round up; fc6 takes six cells away."""
    model = FCNVGG(**NARROW).eval()
    image, pool3, pool4, fc7 = model(torch.rand(1, 3, height, width))
    sizes = []
    for side in (height, width):
        cells = [side + 198]
        for _ in range(5):
            cells.append(-(-cells[-1] // 2))
        sizes.append(cells)
    assert image.shape == (1, 3, height, width)
    assert pool3.shape == (1, 3, sizes[0][3], sizes[1][3])
    assert pool4.shape == (1, 4, sizes[0][4], sizes[1][4])
    assert fc7.shape == (1, 6, sizes[0][5] - 6, sizes[1][5] - 6)


def test_fc6_is_the_fully_connected_layer_slid_over_the_map():
    """One 7x7 window of pool5 through a Linear of the same weights gives the same numbers."""
    model = FCNVGG(**NARROW).eval()
    window = torch.rand(1, 5, 7, 7)
    linear = torch.nn.Linear(5 * 49, 6)
    with torch.no_grad():
        linear.weight.copy_(model.fc6.weight.flatten(1))
        linear.bias.copy_(model.fc6.bias)
    torch.testing.assert_close(model.fc6(window).flatten(1), linear(window.flatten(1)))
