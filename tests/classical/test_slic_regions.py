from tests.classical.base import RegionTester, two_halves


class TestSlicRegions(RegionTester):
    config = dict(type="SlicRegions", segments=24)

    def test_about_so_many_superpixels(self):
        assert 12 <= self.regions(two_halves()).max() + 1 <= 36
