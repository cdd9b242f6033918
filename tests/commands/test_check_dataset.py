import json

import pytest

from seg_plugins.commands.check_dataset import main
from tests.doctor.base import make


def test_a_fault_gives_1_a_page_and_lists_without_it(tmp_path, capsys):
    config = make(tmp_path / "data")
    (tmp_path / "data/labels/train/0002.png").write_bytes(b"")
    config.dump(tmp_path / "c.py")
    out = tmp_path / "check out"
    arguments = [str(tmp_path / "c.py"), "--out", str(out), "--fix"]
    assert main(arguments) == 1
    assert json.loads((out / "check.json").read_text()) and (out / "check.html").is_file()
    assert f"'train_dataloader.dataset.ann_file={out / 'train.txt'}'" in capsys.readouterr().out
    assert "0002" not in (out / "train.txt").read_text()


def test_a_config_that_is_missing_is_named(tmp_path):
    arguments = [str(tmp_path / "none.py")]
    with pytest.raises(FileNotFoundError, match=r"config .*none\.py: there is no such file"):
        main(arguments)
