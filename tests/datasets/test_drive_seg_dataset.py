from tests.datasets.base import DatasetTester


class TestDriveSegDataset(DatasetTester):
    name, classes, things = "DriveSegDataset", 2, 1
