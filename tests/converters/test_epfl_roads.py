import cv2
import numpy as np
import pytest

from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.epfl_roads import find
from tests.converters.base import convert, load, read_label, write_image, write_mask

LAYOUTS = {
    "own": ("images", "labels", ".jpg"),
    "publisher": ("training/images", "training/groundtruth", ".png"),
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_layouts(tmp_path, layout):
    images, masks, suffix = LAYOUTS[layout]
    for i in range(6):
        write_image(tmp_path / "s" / images / f"{i}{suffix}", (20, 30, 3), i)
        mask = np.zeros((20, 30), np.uint8)
        mask[:, 10:] = 120
        mask[:, 20:] = 140
        write_mask(tmp_path / "s" / masks / f"{i}.png", cv2.resize(mask, (15, 10)) if i == 4 else mask)
    out = tmp_path / "out"
    record = convert("epfl-roads", tmp_path / "s", out)
    assert record["images"] == {"train": 5, "val": 1}
    assert list(record["notes"].values()) == [1]
    for split, stem in (("train", "0"), ("val", "4")):
        label = read_label(out, split, stem)
        assert label.shape == (20, 30) and (label[:, 20:] == 1).all() and (label[:, :20] == 0).all()
    assert len(load("EPFLRoadsDataset", out, "train")) == 5


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(SourceError, match="does not look like epfl-roads: it should hold"):
        find(tmp_path)
