import numpy as np
import pytest

from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.loveda import find
from tests.converters.base import convert, load, read_label, write_image, write_mask


def test_rural_and_urban(tmp_path):
    for split in ("Train", "Val", "Test"):
        for scene in ("Rural", "Urban"):
            folder = tmp_path / "s" / split / scene
            write_image(folder / "images_png/7.png", (8, 8, 3))
            if split != "Test":
                write_mask(folder / "masks_png/7.png", np.tile(np.arange(8, dtype=np.uint8), (8, 1)))
    record = convert("loveda", tmp_path / "s", tmp_path / "out")
    assert record["images"] == {"train": 2, "val": 2, "test": 2}
    assert read_label(tmp_path / "out", "val", "urban_7")[0].tolist() == [255, 0, 1, 2, 3, 4, 5, 6]
    assert len(load("LoveDASegDataset", tmp_path / "out", "train")) == 2


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(SourceError, match="Train/Rural/images_png"):
        find(tmp_path)
