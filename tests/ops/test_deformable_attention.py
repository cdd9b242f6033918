import pytest
import torch

from seg_plugins.ops.deformable_attention import deformable_attention, pixel_centres


def attended(offset, points=1, levels=1):
    """Two heads of one channel over maps of 3x5, of which every pixel's value is its number."""
    maps = [torch.arange(15.0).reshape(1, 1, 3, 5).repeat(1, 2, 1, 1) + 100 * v for v in range(levels)]
    references = pixel_centres(3, 5)
    offsets = torch.tensor(offset).expand(1, 15, 2, levels, points, 2)
    weights = torch.full((1, 15, 2, levels, points), 1 / (points * levels))
    return deformable_attention(maps, references, offsets, weights)


def test_no_offset_reads_the_pixel_itself():
    assert torch.equal(attended((0.0, 0.0))[0, :, 0].round(decimals=3), torch.arange(15.0))


def test_offsets_are_pixels_and_outside_is_zero():
    found = attended((1.0, 0.0))[0].round(decimals=3)
    assert torch.equal(found[:, 0], found[:, 1])
    assert found[:5, 0].tolist() == [1, 2, 3, 4, 0]
    down = attended((0.5, 1.0))[0, :, 0].round(decimals=3)
    assert down[:4].tolist() == [5.5, 6.5, 7.5, 8.5] and down[10:].abs().max() == 0


def test_levels_and_points_are_weighted():
    assert attended((0.0, 0.0), points=2, levels=2)[0, 3, 1].item() == pytest.approx((3 + 103) / 2, abs=1e-3)


def test_half_precision_loses_no_position():
    maps = [torch.arange(2048.0).reshape(1, 1, 1, 2048) / 2048]
    offsets, weights = torch.zeros(1, 2048, 1, 1, 1, 2), torch.ones(1, 2048, 1, 1, 1)
    with torch.autocast("cpu", torch.bfloat16):
        found = deformable_attention(maps, pixel_centres(1, 2048), offsets.bfloat16(), weights.bfloat16())
    assert found.dtype == torch.float32
    torch.testing.assert_close(found[0, :, 0], maps[0].flatten(), rtol=0, atol=1e-4)
