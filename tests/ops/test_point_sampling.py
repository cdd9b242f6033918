import pytest
import torch
from scipy.ndimage import map_coordinates

from seg_plugins.ops.point_sampling import random_points, sample_points, uncertain_points


def test_values_are_scipys_interpolation():
    maps = torch.rand(2, 3, 5, 7, dtype=torch.float64)
    points = torch.rand(2, 40, 2, dtype=torch.float64)
    found = sample_points(maps, points)
    assert found.shape == (2, 3, 40)
    for n in range(2):
        place = [points[n, :, 1] * 5 - 0.5, points[n, :, 0] * 7 - 0.5]  # rows, columns
        for c in range(3):
            expected = map_coordinates(maps[n, c].numpy(), place, order=1, mode="constant", prefilter=False)
            inner = (place[0] >= 0) & (place[0] <= 4) & (place[1] >= 0) & (place[1] <= 6)
            assert inner.sum() > 10
            torch.testing.assert_close(found[n, c][inner], torch.from_numpy(expected)[inner])


def test_random_points_cover_the_map_and_a_generator_repeats_them():
    like = torch.zeros(1)
    first, second = (random_points(2, 500, like, torch.Generator().manual_seed(1)) for _ in range(2))
    assert torch.equal(first, second) and first.shape == (2, 500, 2)
    assert 0 <= first.min() < 0.05 and 0.95 < first.max() < 1
    assert not torch.equal(random_points(2, 500, like), first)


@pytest.mark.parametrize("share", [0.0, 0.75, 1.0])
def test_uncertain_points_lie_where_the_logit_is_small(share):
    """The logit is the distance from a vertical line in the middle; at borders it is interpolated with 0."""
    torch.manual_seed(0)
    logits = torch.linspace(-5, 5, 64).expand(2, 1, 8, 64)
    points = uncertain_points(logits, 200, uncertain=share)
    assert points.shape == (2, 200, 2)
    chosen = int(200 * share)
    distance = (points[..., 0] - 0.5).abs()
    inner = ((points - 0.5).abs() < 0.5 - 0.5 / 8).all(-1)[:, :chosen]
    if chosen:
        assert inner.sum() > 100 and distance[:, :chosen][inner].max() < 0.3
    if chosen < 200:
        assert distance[:, chosen:].max() > 0.4
