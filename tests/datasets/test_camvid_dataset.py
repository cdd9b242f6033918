from seg_plugins.datasets import CamVidDataset
from tests.datasets.base import DatasetTester


class TestCamVidDataset(DatasetTester):
    name, classes, things = "CamVidDataset", 11, 3


def test_classes_are_in_the_order_of_the_label_files():
    assert CamVidDataset.METAINFO["classes"] == (
        "Sky", "Building", "Pole", "Road", "Pavement", "Tree", "SignSymbol", "Fence", "Car",
        "Pedestrian", "Bicyclist",
    )  # fmt: skip
