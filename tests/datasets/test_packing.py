import os
import resource

import numpy as np
import pytest
from mmengine.config import Config

from seg_plugins.datasets import pack_file
from seg_plugins.datasets.pack_file import PackReader
from seg_plugins.datasets.packing import build_source, current_pack, default_folder, pack_dataset, pack_split
from tests.datasets.base import folder_config, write_pair


@pytest.fixture
def config(tmp_path):
    for i in range(5):
        write_pair(tmp_path, "train", f"s{i}", shape=(40 + i, 60))
    return folder_config(tmp_path)


def check(config, folder):
    return current_pack(folder, config, build_source(config))


def test_packs_once_and_again_after_damage(config):
    folder = default_folder(config)
    assert folder.as_posix().endswith("packed/images-train")
    pack, fresh = pack_dataset(config, folder, "c.py", jobs=2, verify=False)
    assert fresh and len(pack) == 5 and pack.read(3, "image").shape == (43, 60, 3)
    assert not pack_dataset(config, folder, verify=True)[1]
    data = bytearray((folder / "data.bin").read_bytes())
    data[int(pack.table[1, 1, 0])] ^= 1
    (folder / "data.bin").write_bytes(data)
    assert not pack_dataset(config, folder)[1]
    assert pack_dataset(config, folder, verify=True)[1]


def test_lists_have_packs_of_their_own(config):
    assert default_folder(config | dict(ann_file="splits/fold0.txt")).name == "images-train-fold0"
    with pytest.raises(ValueError, match=r"PackedSegDataset\(pack=\.\.\.\)"):
        default_folder({k: v for k, v in config.items() if k != "data_root"})


@pytest.mark.parametrize("change", ["touched", "added", "removed", "relabelled", "other loading"])
def test_a_data_set_that_changed_is_noticed(config, tmp_path, change):
    folder = default_folder(config)
    pack_dataset(config, folder, "configs/c.py")
    check(config, folder)
    label = tmp_path / "labels" / "train" / "s2.png"
    if change == "touched":
        os.utime(tmp_path / "images" / "train" / "s2.png", ns=(1, 1))
    elif change == "added":
        write_pair(tmp_path, "train", "s9")
    elif change == "removed":
        label.unlink()
        (tmp_path / "images" / "train" / "s2.png").unlink()
    elif change == "relabelled":
        write_pair(tmp_path, "train", "s2", shape=(42, 60), label=np.ones((42, 60), np.uint8))
    else:
        config["pipeline"][0]["color_type"] = "grayscale"
    says = dict(added="5 entries, the data set now has 6", removed="now has 4", relabelled=r"s2\.png")
    says |= dict(touched=r"1 of 5 entries have changed .*s2\.png", **{"other loading": "other loading"})
    with pytest.raises(ValueError, match=f"{says[change]}.*prepare_dataset.py pack configs/c.py"):
        check(config, folder)
    assert pack_dataset(config, folder)[1]
    check(config, folder)


def test_a_disk_that_fills_leaves_no_pack(config):
    """The kernel refuses to let files grow beyond a limit, as a full disk does."""
    folder = default_folder(config)
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    for limit in (100, 10_000, 30_000):  # the whole is 50 KB
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, before[1]))
        try:
            with pytest.raises(OSError, match=f"File too large.*{folder / pack_file.DATA}"):
                pack_dataset(config, folder)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        assert list(folder.iterdir()) == []
        with pytest.raises(FileNotFoundError, match=r"no complete pack.*prepare_dataset\.py pack"):
            check(config, folder)
    assert pack_dataset(config, folder)[1]


@pytest.mark.parametrize("call", [1, 2, 3, 4])
def test_every_last_step_may_fail(config, monkeypatch, call):
    folder, calls = default_folder(config), []

    def failing(function):
        def wrapped(*args):
            calls.append(function)
            if len(calls) == call:
                raise OSError(28, "No space left on device")
            return function(*args)

        return wrapped

    with monkeypatch.context() as patch:
        patch.setattr(pack_file.os, "fsync", failing(os.fsync))
        patch.setattr(pack_file.os, "replace", failing(os.replace))
        with pytest.raises(OSError, match="No space"):
            pack_dataset(config, folder)
    assert list(folder.iterdir()) == []
    assert pack_dataset(config, folder)[1]


def test_a_broken_file_stops_packing_and_is_named(config, tmp_path):
    path = tmp_path / "images" / "train" / "s1.png"
    path.write_bytes(path.read_bytes()[:-60])
    with pytest.raises(ValueError, match=r"s1\.png is truncated"):
        pack_dataset(config, default_folder(config), jobs=2)
    assert list(default_folder(config).iterdir()) == []


def test_a_change_while_packing(config, tmp_path, monkeypatch):
    add = pack_file.PackWriter.add

    def slow_add(self, *args):
        os.utime(tmp_path / "images" / "train" / "s0.png", ns=(5, 5))
        add(self, *args)

    monkeypatch.setattr(pack_file.PackWriter, "add", slow_add)
    with pytest.raises(ValueError, match="changed while they were packed"):
        pack_dataset(config, default_folder(config))


def test_split_of_a_config(config, tmp_path):
    cfg = Config(dict(train_dataloader=dict(dataset=config)))
    assert pack_split(cfg, "train", "c.py")[1]
    own = dict(type="PackedSegDataset", dataset=config, pack=str(tmp_path / "elsewhere"))
    assert pack_split(Config(dict(train_dataloader=dict(dataset=own))), "train", "c.py")[1]
    assert len(PackReader(tmp_path / "elsewhere")) == 5
    with pytest.raises(ValueError, match="no val_dataloader"):
        pack_split(cfg, "val", "c.py")


def test_a_pipeline_that_loads_nothing(config):
    config["pipeline"] = config["pipeline"][2:]
    with pytest.raises(ValueError, match="a pipeline to pack needs"):
        pack_dataset(config, default_folder(config))
