from tests.datasets.base import DatasetTester


class TestADE20KSegDataset(DatasetTester):
    name, classes, things = "ADE20KSegDataset", 150, 100
