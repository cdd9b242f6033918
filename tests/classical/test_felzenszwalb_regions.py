import numpy as np

from tests.classical.base import RegionTester, two_halves


class TestFelzenszwalbRegions(RegionTester):
    config = dict(type="FelzenszwalbRegions", scale=200)
    purity = 0.97

    def test_regions_reach_the_least_area(self):
        assert np.bincount(self.regions(two_halves(), scale=1, min_area=50).ravel()).min() >= 50
