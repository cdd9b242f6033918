import pytest

from seg_plugins.zoo.suites.suite import load_suite
from seg_plugins.zoo.tables.class_order import class_order, names_of


@pytest.mark.parametrize(
    "dataset, names",
    [
        (dict(type="FolderSegDataset", classes=("b", "a")), ["b", "a"]),
        (dict(type="CheckedSegDataset", metainfo=dict(classes=["b", "a"])), ["b", "a"]),
        (dict(type="PackedSegDataset", dataset=dict(type="ISBIEMDataset")), ["membrane", "cell"]),
        (dict(type="ConcatDataset", datasets=[dict(type="mmseg.ISBIEMDataset")]), ["membrane", "cell"]),
        (dict(type="NoSuchDataset"), []),
        ({}, []),
    ],
)
def test_names_are_in_the_order_of_the_data_set(dataset, names):
    assert names_of(dataset) == names


def test_a_config_that_does_not_lead_to_them_has_no_order(layout):
    assert class_order(layout, load_suite(layout, "toy").models[0]) == []
