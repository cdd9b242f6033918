import pytest
import torch

from seg_plugins.ops.padding import pad_by_index, pad_to_multiple


@pytest.mark.parametrize(
    "size, padded", [((8, 16), (8, 16)), ((9, 16), (16, 16)), ((7, 1), (8, 8)), ((24, 25), (24, 32))]
)
def test_zeros_come_on_the_right_and_at_the_bottom(size, padded):
    x = torch.rand(2, 3, *size) + 1
    result = pad_to_multiple(x, 8)
    assert result.shape == (2, 3, *padded)
    assert torch.equal(result[..., : size[0], : size[1]], x)
    assert result.count_nonzero() == x.numel()


@pytest.mark.parametrize("mode", ["constant", "replicate"])
@pytest.mark.parametrize("size", [(8, 16), (9, 16), (7, 1)])
def test_padding_by_index_is_the_same(size, mode):
    x = torch.rand(2, 3, *size)
    assert torch.equal(pad_by_index(x, 8, mode), pad_to_multiple(x, 8, mode))
