from tests.datasets.base import DatasetTester


class TestMagneticTileDataset(DatasetTester):
    name, classes, things = "MagneticTileDataset", 6, 5
