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


def test_images_to_label_next_are_a_list_and_a_page(tmp_path, capsys):
    config = make(tmp_path / "data")
    for number in range(4):
        (tmp_path / f"data/labels/train/{number:04d}.png").unlink()
    config.dump(tmp_path / "c.py")
    arguments = [str(tmp_path / "c.py"), "--out", str(tmp_path / "out"), "--pick", "2"]
    assert main(arguments) == 0
    listed = (tmp_path / "out/to_label.txt").read_text().splitlines()
    assert listed == [str(tmp_path / f"data/images/train/{i:04d}.png") for i in (0, 2)]
    said = capsys.readouterr().out
    assert "2 of 4 unlabelled images, by spaced" in said and "none of 4 validation images" in said
    assert (tmp_path / "out/to_label.html").read_text().count("<figure>") == 2
    assert not (tmp_path / "out/check.html").exists()


@pytest.mark.parametrize(
    "words, message",
    [
        (["--pick", "0"], "--pick 0: give a number"),
        (["--method", "spaced"], "--method spaced is for picking images to label: add --pick N"),
        (["--pick", "2", "--method", "uncertainty"], "add --checkpoint"),
        (["--pick", "2", "--checkpoint", "x.pth"], "--checkpoint with --pick is for --method uncertainty"),
        (["--pick", "2", "--fix"], "--fix is for a check"),
    ],
)
def test_options_that_contradict_each_other_are_refused(tmp_path, monkeypatch, words, message):
    monkeypatch.chdir(tmp_path)
    make(tmp_path / "data").dump(tmp_path / "c.py")
    (tmp_path / "x.pth").touch()
    with pytest.raises(ValueError, match=message):
        main([str(tmp_path / "c.py"), *words])
