import os
from collections import OrderedDict
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from mmengine.fileio.handlers import file_handlers
from mmengine.logging import HistoryBuffer
from mmengine.runner import CheckpointLoader

from seg_plugins.checkpoints import downloads
from seg_plugins.checkpoints.safe_loading import SafeLoading, is_trusted, read_checkpoint


class Bomb:
    def __init__(self, command):
        self.command = command

    def __reduce__(self):
        return os.system, (self.command,)


class Reach:
    """Asks for an attribute that loss histories have no need of."""

    def __reduce__(self):
        return getattr, (HistoryBuffer, "__init__")


@pytest.fixture
def bomb(tmp_path):
    path = tmp_path / "bomb.pth"
    torch.save({"state_dict": {}, "extra": Bomb(f"touch {tmp_path / 'exploded'}")}, path)
    return path


def exploded(bomb):
    return (bomb.parent / "exploded").exists()


def test_code_is_refused_and_named(bomb):
    with pytest.raises(ValueError, match=r"bomb\.pth asks for code: .*system.*trust_checkpoint=True"):
        read_checkpoint(bomb)
    assert not exploded(bomb)


def test_only_the_user_can_trust(bomb):
    read_checkpoint(bomb, trusted=True)
    assert exploded(bomb)


def test_mmengine_loads_through_it_without_falling_back(bomb):
    with SafeLoading().in_force(), pytest.raises(ValueError, match="asks for code"):
        CheckpointLoader.load_checkpoint(str(bomb))
    assert not exploded(bomb)
    with SafeLoading(trusted=True).in_force():
        CheckpointLoader.load_checkpoint(str(bomb))
    assert exploded(bomb)


def test_mmengine_is_as_before_when_the_run_is_not_at_work(bomb):
    before = dict(CheckpointLoader._schemes), dict(file_handlers)
    with SafeLoading().in_force():
        assert CheckpointLoader._schemes != before[0] and file_handlers != before[1]
    assert (dict(CheckpointLoader._schemes), file_handlers) == before


def test_getattr_reaches_nothing_but_the_statistics(tmp_path):
    torch.save({"x": Reach()}, tmp_path / "reach.pth")
    with pytest.raises(ValueError, match=r"asks for code: .*getattr.*__init__"):
        read_checkpoint(tmp_path / "reach.pth")


def test_what_training_writes_is_let_through(tmp_path):
    history = HistoryBuffer([1.0, 2.0], [1, 1])
    saved = {
        "loss": history,
        "weights": OrderedDict(w=torch.ones(2)),
        "palette": np.arange(6, dtype=np.uint8).reshape(2, 3),
        "best": np.float32(3.5),
        "flag": np.bool_(True),
        "names": ("road", "sky"),
    }
    torch.save(saved, tmp_path / "x.pth")
    loaded = read_checkpoint(tmp_path / "x.pth")
    assert loaded["loss"].mean() == 1.5
    assert loaded["loss"].statistics("max") == 2
    np.testing.assert_array_equal(loaded["palette"], saved["palette"])
    assert loaded["best"] == saved["best"] and loaded["flag"] and loaded["names"] == saved["names"]


def test_a_file_of_numpy_1_is_let_through(tmp_path):
    """numpy 1 wrote the module as numpy.core, numpy 2 as numpy._core."""
    torch.save({"a": np.arange(3)}, tmp_path / "x.pth", _use_new_zipfile_serialization=False)
    content = (tmp_path / "x.pth").read_bytes()
    (tmp_path / "x.pth").write_bytes(content.replace(b"numpy._core.multiarray", b"numpy.core.multiarray"))
    np.testing.assert_array_equal(read_checkpoint(tmp_path / "x.pth")["a"], [0, 1, 2])


def test_one_more_class_is_named(tmp_path):
    torch.save({"a": SimpleNamespace(b=1)}, tmp_path / "x.pth")
    with pytest.raises(ValueError, match=r"asks for code: types\.SimpleNamespace\."):
        read_checkpoint(tmp_path / "x.pth")


def test_a_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"nowhere\.pth does not exist"):
        read_checkpoint(tmp_path / "nowhere.pth")


@pytest.mark.parametrize("content", [b"", b"hello", b"PK\x03\x04 cut"])
def test_not_a_checkpoint(tmp_path, content):
    (tmp_path / "x.pth").write_bytes(content)
    with pytest.raises(ValueError, match=r"x\.pth is damaged"):
        read_checkpoint(tmp_path / "x.pth")


def test_a_page_in_place_of_a_checkpoint_is_shown_and_nothing_unsafe_advised(tmp_path):
    (tmp_path / "x.pth").write_text("<html>404 not found</html>")
    with pytest.raises(ValueError, match=r"x\.pth is damaged or not a checkpoint.*<html>404") as refused:
        read_checkpoint(tmp_path / "x.pth")
    assert "weights_only" not in str(refused.value)


def test_a_download_is_read_as_safely(bomb, monkeypatch):
    monkeypatch.setattr(torch.hub, "get_dir", lambda: str(bomb.parent / "hub"))
    monkeypatch.setattr(downloads, "download", lambda url, file: file.write_bytes(bomb.read_bytes()))
    with SafeLoading().in_force(), pytest.raises(ValueError, match="asks for code"):
        CheckpointLoader.load_checkpoint("https://example.org/zoo/bomb.pth")
    assert not exploded(bomb)


@pytest.mark.parametrize("address", ["s3://bucket/x.pth", "pavi://x", "mmcls://resnet18"])
def test_what_cannot_be_read_safely_is_not_read(address):
    with SafeLoading().in_force(), pytest.raises(ValueError, match="download this checkpoint yourself"):
        CheckpointLoader.load_checkpoint(address)


def test_trust_is_that_of_the_run_at_work():
    found = [is_trusted()]
    with SafeLoading(True).in_force():
        found.append(is_trusted())
        with SafeLoading().in_force():
            found.append(is_trusted())
        found.append(is_trusted())
    assert [*found, is_trusted()] == [False, True, False, True, False]


def test_safetensors_are_read_and_a_cut_file_is_named(tmp_path):
    save = pytest.importorskip("safetensors.torch").save_file
    path = tmp_path / "weights.safetensors"
    save({"a": torch.ones(2)}, path)
    assert read_checkpoint(path)["a"].tolist() == [1.0, 1.0]
    path.write_bytes(path.read_bytes()[:-3])
    with pytest.raises(ValueError, match=r"weights\.safetensors is damaged"):
        read_checkpoint(path)
