from tests.datasets.base import DatasetTester


class TestVOC12AugSegDataset(DatasetTester):
    name, classes, things = "VOC12AugSegDataset", 21, 20
