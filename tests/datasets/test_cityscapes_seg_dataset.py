from tests.datasets.base import DatasetTester


class TestCityscapesSegDataset(DatasetTester):
    name, classes, things = "CityscapesSegDataset", 19, 8
