from tests.datasets.base import DatasetTester


class TestEPFLRoadsDataset(DatasetTester):
    name, classes, things = "EPFLRoadsDataset", 2, 1
