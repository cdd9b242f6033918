from tests.classical.base import RegionTester, two_halves


class TestNormalizedCutRegions(RegionTester):
    config = dict(type="NormalizedCutRegions", segments=30)

    def test_superpixels_join(self):
        pieces = self.regions(two_halves(), threshold=0.0).max() + 1
        assert self.regions(two_halves(), threshold=1.0).max() + 1 > pieces
