import pytest
import torch
from torch import nn
from torch.nn import functional as F

from seg_plugins.export.matrix_pooling import MatrixPooling, adaptive_average

SIZES = [(5, 7), (6, 6), (13, 2), (1, 1)]


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("cells", [(1, 1), (2, 3), (6, 6), (8, 1)])
def test_adaptive_pooling_is_pytorchs(size, cells):
    x = torch.randn(2, 3, *size)
    assert torch.allclose(adaptive_average(x, cells), F.adaptive_avg_pool2d(x, cells), atol=1e-6)


@pytest.mark.parametrize("size", [(8, 9), (15, 16), (4, 5)])
@pytest.mark.parametrize(
    "layer",
    [
        nn.AdaptiveAvgPool2d((None, 2)), nn.AdaptiveAvgPool2d(3), nn.AvgPool2d(3), nn.MaxPool2d(2),
        nn.MaxPool2d(3, 2, 1, ceil_mode=True), nn.MaxPool2d(2, 2, ceil_mode=True),
        nn.MaxPool2d(2, 3, 1, ceil_mode=True), nn.MaxPool2d((3, 2), (2, 1), ceil_mode=True),
    ],
)  # fmt: skip
def test_layers_compute_the_same_inside_the_mode(layer, size):
    x = torch.randn(1, 2, *size)
    with MatrixPooling():
        found = layer(x)
    assert torch.allclose(found, layer(x), atol=1e-6)
