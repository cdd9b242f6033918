from tests.classical.base import RegionTester, two_halves


class TestWatershedRegions(RegionTester):
    config = dict(type="WatershedRegions", markers=24)
    purity = 0.95

    def test_about_so_many_basins(self):
        assert 12 <= self.regions(two_halves()).max() + 1 <= 40
