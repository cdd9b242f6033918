import colorsys

import numpy as np

from seg_plugins.classical.hsv_regions import hsv_bins
from tests.classical.base import RegionTester


class TestHsvRegions(RegionTester):
    config = dict(type="HsvRegions")


def test_bins_equal_the_standard_library():
    image = np.random.default_rng(0).integers(0, 256, (20, 20, 3), dtype=np.uint8)
    ranges = [((340, 40), (0.3, 1), (0.2, 1)), ((90, 200), (0.3, 1), (0.2, 1))]
    got = hsv_bins(image, ranges)
    for pixel, found in zip(image.reshape(-1, 3), got.ravel(), strict=True):
        h, s, v = colorsys.rgb_to_hsv(*pixel / 255)
        vivid = s >= 0.3 and v >= 0.2
        red = vivid and (h * 360 >= 340 or h * 360 <= 40)
        assert found == (0 if red else 1 if vivid and 90 <= h * 360 <= 200 else 2)
    assert set(got.ravel()) == {0, 1, 2}
