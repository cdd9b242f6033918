from tests.datasets.base import DatasetTester


class TestISBIEMDataset(DatasetTester):
    name, classes, things = "ISBIEMDataset", 2, 1
