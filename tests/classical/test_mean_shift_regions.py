from tests.classical.base import RegionTester, two_halves


class TestMeanShiftRegions(RegionTester):
    config = dict(type="MeanShiftRegions")

    def test_noise_within_a_half_is_no_border(self):
        assert self.regions(two_halves()).max() + 1 <= 4
