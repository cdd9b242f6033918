import os

import pytest
from mmengine.config import Config

from seg_plugins.config.tool_command import tool_command
from seg_plugins.datasets.pack_file import DATA
from seg_plugins.datasets.packing import default_folder, pack_split
from seg_plugins.doctor.cleaned_lists import write_cleaned_lists
from seg_plugins.doctor.entries import read_splits
from seg_plugins.doctor.inspection import inspect_all
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
    assert len(val.entries) == 3 and val.faults == [] and "labels/val/0101.png" in val.spare[0]


def test_a_missing_folder_is_a_fault_of_its_split(tmp_path):
    cfg = make(tmp_path)
    (tmp_path / "images" / "val").rename(tmp_path / "images" / "valid")
    train, val = read_splits(cfg)
    assert train.faults == [] and "images/val" in val.faults[0]


def test_a_config_without_data():
    with pytest.raises(ValueError, match="no train_dataloader"):
        read_splits(Config(dict(default_scope="mmseg")))


@pytest.fixture
def packed(tmp_path):
    """A config whose training split is packed, and the folder of the pack."""
    cfg = make(tmp_path)
    pack_split(cfg, "train", "some.py")
    folder = default_folder(cfg.train_dataloader.dataset)
    cfg.train_dataloader.dataset = dict(type="PackedSegDataset", dataset=cfg.train_dataloader.dataset)
    return cfg, folder


def test_of_a_packed_data_set_the_files_are_looked_at(packed, tmp_path):
    train, val = read_splits(packed[0])
    assert (len(train.entries), len(val.entries), train.faults) == (6, 4, [])
    assert not any(item.fault for item in inspect_all([train]))
    lists = write_cleaned_lists([train, val], inspect_all([train, val]), tmp_path / "out")
    assert set(lists) == {"train_dataloader.dataset.dataset.ann_file", "val_dataloader.dataset.ann_file"}


def test_a_pack_of_files_that_changed_since_is_a_fault(packed, tmp_path):
    os.utime(tmp_path / "images" / "train" / "0003.png", (1, 1))
    (fault,) = read_splits(packed[0])[0].faults
    assert (
        "0003.png" in fault
        and f"pack it again with `{tool_command('prepare_dataset', 'pack', 'some.py')}`" in fault
    )


def test_a_missing_and_a_damaged_pack_are_faults(packed):
    cfg, folder = packed
    data = bytearray((folder / DATA).read_bytes())
    data[-1] ^= 1
    (folder / DATA).write_bytes(data)
    (fault,) = read_splits(cfg)[0].faults
    assert f"1 of 6 entries of {folder} differ" in fault
    (folder / DATA).unlink()
    (fault,) = read_splits(cfg)[0].faults
    assert "prepare_dataset.py pack" in fault


def test_two_images_of_one_name_are_a_fault_of_their_split(tmp_path):
    cfg = make(tmp_path)
    (tmp_path / "images/val/0101.jpg").write_bytes((tmp_path / "images/val/0101.png").read_bytes())
    train, val = read_splits(cfg)
    assert train.faults == [] and "0101.jpg and 0101.png: rename or remove one" in val.faults[0]
