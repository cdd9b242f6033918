import pytest
from mmengine.config import Config

from seg_plugins.doctor.entries import read_splits
from tests.doctor.base import CLASSES, make


def test_splits_that_are_the_same_are_read_once(tmp_path):
    splits = read_splits(make(tmp_path))
    assert [s.name for s in splits] == ["train", "val"]
    assert [len(s.entries) for s in splits] == [6, 4] and splits[0].classes == CLASSES
    assert not any(s.faults for s in splits)


def test_files_without_a_partner_are_named_and_the_rest_is_read(tmp_path):
    cfg = make(tmp_path)
    (tmp_path / "labels" / "train" / "0002.png").unlink()
    (tmp_path / "images" / "val" / "0101.png").unlink()
    train, val = read_splits(cfg)
    assert len(train.entries) == 5 and len(train.faults) == 1 and "images/train/0002.png" in train.faults[0]
    assert len(val.entries) == 3 and "labels/val/0101.png" in val.faults[0]


def test_a_missing_folder_is_a_fault_of_its_split(tmp_path):
    cfg = make(tmp_path)
    (tmp_path / "images" / "val").rename(tmp_path / "images" / "valid")
    train, val = read_splits(cfg)
    assert train.faults == [] and "images/val" in val.faults[0]


def test_a_config_without_data():
    with pytest.raises(ValueError, match="no train_dataloader"):
        read_splits(Config(dict(default_scope="mmseg")))
