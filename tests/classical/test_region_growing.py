import time

import cv2
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


def one_by_one(image, seeds, tolerance):
    """Each region from a picture of its own, with scikit-image."""
    regions = np.zeros(image.shape[:2], int)
    for y, x in seeds:
        if not regions[y, x]:
            near = (abs(image.astype(int) - image[y, x].astype(int)) <= tolerance).all(2) & (regions == 0)
            regions[flood(near, (int(y), int(x)), connectivity=1)] = regions.max() + 1
    return regions


def test_regions_are_those_of_one_after_the_other():
    rng = np.random.default_rng(0)
    noise = rng.integers(0, 60, (40, 50, 3), dtype=np.uint8)
    smooth = cv2.GaussianBlur(rng.integers(0, 256, (40, 50, 3), dtype=np.uint8), (0, 0), 3)
    every = np.argwhere(np.ones((40, 50)))  # up to 2000 regions: more than a byte counts
    for image, tolerance in ((noise, 14), (noise, 3), (smooth, 4), (smooth, 0)):
        for seeds in (flat_seeds(image, 8), every):
            assert np.array_equal(grow(image, seeds, tolerance), one_by_one(image, seeds, tolerance))


def test_work_grows_with_the_area():
    """16 times the pixels are about 16 times the work (quadratic: 256), of thin regions in large boxes."""

    def seconds(side):
        grey = (np.add.outer(np.arange(side), np.arange(side)) % 64 * 4).astype(np.uint8)
        image = np.repeat(grey[..., None], 3, 2)
        seeds = flat_seeds(image, 4)
        start = time.process_time()
        grow(image, seeds, 0)
        return time.process_time() - start

    seconds(64)
    assert min(seconds(800) for _ in range(2)) < 64 * max(seconds(200) for _ in range(2))
