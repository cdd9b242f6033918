import numpy as np
import pytest

from seg_plugins.converters.ade20k import find
from seg_plugins.converters.converter import SourceError
from tests.converters.base import convert, load, read_label, write_image, write_mask


@pytest.mark.parametrize("root", ["ADEChallengeData2016", "."])
def test_ids_start_at_zero(tmp_path, root):
    for split, name in (("training", "ADE_train_1"), ("validation", "ADE_val_1")):
        write_image(tmp_path / "s" / root / "images" / split / f"{name}.jpg", (8, 16, 3))
        ids = np.arange(128, dtype=np.uint8).reshape(8, 16) + 23
        ids[0, 0] = 0
        write_mask(tmp_path / "s" / root / "annotations" / split / f"{name}.png", ids)
    record = convert("ade20k", tmp_path / "s", tmp_path / "out")
    assert record["images"] == {"train": 1, "val": 1}
    label = read_label(tmp_path / "out", "val", "ADE_val_1")
    assert label[0, 0] == 255 and label[0, 1] == 23 and label.max() == 255 and label[7, 15] == 149
    assert len(load("ADE20KSegDataset", tmp_path / "out", "val")) == 1


def test_another_folder_is_refused(tmp_path):
    with pytest.raises(SourceError, match="of ADEChallengeData2016"):
        find(tmp_path)
