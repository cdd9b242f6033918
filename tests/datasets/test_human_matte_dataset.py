from tests.datasets.base import DatasetTester


class TestHumanMatteDataset(DatasetTester):
    name, classes, things = "HumanMatteDataset", 2, 1
