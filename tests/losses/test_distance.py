import numpy as np
import torch

from seg_plugins.losses.distance import distance_maps, signed_distance, unsigned_distance
from tests.losses.reference import distance_to


def test_distances_equal_brute_force():
    mask = np.random.default_rng(0).random((9, 11)) > 0.7
    inside, outside = distance_to(~mask), distance_to(mask)
    np.testing.assert_allclose(unsigned_distance(mask), inside + outside)
    np.testing.assert_allclose(signed_distance(mask), np.where(mask, 1 - inside, outside))


def test_empty_and_full_masks():
    empty, full = np.zeros((3, 4), bool), np.ones((3, 4), bool)
    for mask in (empty, full):
        assert (signed_distance(mask) == 0).all() and (unsigned_distance(mask) == 0).all()


def test_an_ignored_region_makes_no_boundary():
    mask = torch.zeros(1, 1, 5, 8, dtype=torch.bool)
    mask[..., :4] = True
    valid = torch.ones_like(mask)
    valid[..., 0:2, 0:2] = False
    holed = mask & valid
    assert torch.equal(
        distance_maps(holed, valid, signed=True), distance_maps(mask, valid | True, signed=True)
    )
