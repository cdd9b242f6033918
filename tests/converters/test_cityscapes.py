import os

import cv2
import numpy as np
import pytest

from seg_plugins.converters.cityscapes import find, number_things, training_table
from seg_plugins.converters.converter import SourceError
from tests.converters.base import convert, load, read_label, write_image, write_mask


@pytest.fixture
def source(tmp_path):
    for split, city in (("train", "aachen"), ("val", "ulm"), ("test", "bonn")):
        stem = f"{city}_000000_000019"
        write_image(tmp_path / f"s/leftImg8bit/{split}/{city}/{stem}_leftImg8bit.png", (8, 16, 3))
        ids = np.tile(np.array([7, 0, 26, 24, 33, 29, 1, 12], np.uint8), (8, 2))
        write_mask(tmp_path / f"s/gtFine/{split}/{city}/{stem}_gtFine_labelIds.png", ids)
        raw = np.where(ids >= 24, ids.astype(np.uint16) * 1000, ids).astype(np.uint16)
        raw[4:] += (raw[4:] >= 1000).astype(np.uint16)
        write_mask(tmp_path / f"s/gtFine/{split}/{city}/{stem}_gtFine_instanceIds.png", raw)
    return tmp_path / "s"


def test_ids_and_instances(source, tmp_path):
    out = tmp_path / "out"
    record = convert("cityscapes", source, out)
    assert record["images"] == {"train": 1, "val": 1, "test": 1}
    label = read_label(out, "val", "ulm_000000_000019")
    assert label[0, :8].tolist() == [0, 255, 13, 11, 18, 255, 255, 3]
    instances = cv2.imread(str(out / "instances/val/ulm_000000_000019.png"), cv2.IMREAD_UNCHANGED)
    assert instances.dtype == np.uint16 and len(np.unique(instances)) == 1 + 2 * 3
    assert np.array_equal(instances > 0, np.isin(label, (11, 13, 18)))
    assert not (out / "labels/test").exists() and (out / "images/test").exists()
    assert len(load("CityscapesSegDataset", out, "train")) == 1


def test_names_that_are_not_utf8(source, tmp_path):
    """The library that read the instances once crashed the program."""
    moved = tmp_path / os.fsdecode(b"\xff")
    source.rename(moved)
    made = next(entry for entry in find(moved) if entry.split == "val").make()
    assert made.instances.any()


def test_table_of_the_publisher():
    """Training ids of cityscapesScripts/helpers/labels.py: road 7 -> 0, person 24 -> 11, bicycle 33 -> 18."""
    table = training_table()
    assert table[[7, 8, 11, 17, 23, 24, 28, 31, 33]].tolist() == [0, 1, 2, 5, 10, 11, 15, 16, 18]
    assert sorted(set(table.tolist())) == [*range(19), 255]


def test_groups_without_numbers_are_no_instances():
    assert number_things(np.array([[24, 24001, 29000, 0]], np.uint16)).tolist() == [[0, 1, 0, 0]]


def test_missing_label_is_named(source):
    next(source.glob("gtFine/val/*/*labelIds.png")).unlink()
    with pytest.raises(SourceError, match=r"ulm.*has no label .*labelIds\.png"):
        find(source)
