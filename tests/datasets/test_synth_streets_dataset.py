from seg_plugins.datasets import CamVidDataset, SynthStreetsDataset
from tests.datasets.base import DatasetTester


class TestSynthStreetsDataset(DatasetTester):
    name, classes, things = "SynthStreetsDataset", 11, 3


def test_classes_are_those_of_camvid():
    assert SynthStreetsDataset.METAINFO["classes"] == CamVidDataset.METAINFO["classes"]
