from tests.datasets.base import DatasetTester


class TestLoveDASegDataset(DatasetTester):
    name, classes, things = "LoveDASegDataset", 7, 1
