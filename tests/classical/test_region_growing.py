import numpy as np
from skimage.segmentation import flood

from seg_plugins.classical.region_growing import flat_seeds, grow
from tests.classical.base import RegionTester, two_halves


class TestRegionGrowing(RegionTester):
    config = dict(type="RegionGrowing", tolerance=10, blur=0)

    def test_given_seeds_make_their_regions(self):
        regions = self.regions(two_halves(), seeds=[(20, 10), (20, 50)])
        assert regions.max() == 1 and regions[5, 5] != regions[5, 55]


def test_a_region_equals_scikit_image_flood():
    grey = np.random.default_rng(0).integers(0, 40, (50, 60), dtype=np.uint8)
    got = grow(np.repeat(grey[..., None], 3, 2), np.array([[25, 30]]), 14)
    want = flood(grey.astype(int), (25, 30), tolerance=14, connectivity=1)
    assert np.array_equal(got == 1, want) and want.sum() > 1


def test_each_cell_has_a_seed_in_its_flattest_place():
    image = np.random.default_rng(0).integers(0, 256, (32, 48, 3), dtype=np.uint8)
    image[2:12, 2:12] = 100
    seeds = flat_seeds(image, 16)
    assert {tuple(s // 16) for s in seeds} == {(y, x) for y in range(2) for x in range(3)}
    assert 2 <= seeds[0][0] < 12 and 2 <= seeds[0][1] < 12


def test_seeds_outside_of_a_smaller_image_are_left_out():
    image = two_halves()
    inside = np.array([(2, 2)])
    h, w = image.shape[:2]
    outside = np.array([(h, 0), (0, w), (-1, 2), (2, -1), (h + 50, w + 50)])
    assert (grow(image, np.concatenate([outside, inside]), 14) == grow(image, inside, 14)).all()
