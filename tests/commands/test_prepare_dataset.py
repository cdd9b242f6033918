import pytest
from mmengine.config import Config
from mmseg.registry import DATASETS

from seg_plugins.commands.prepare_dataset import main, parse_counts, parse_size
from tests.datasets.base import folder_config, write_pair


def test_parsers():
    assert parse_size("128x256") == (128, 256)
    assert parse_counts("train=3,val=2") == {"train": 3, "val": 2}
    with pytest.raises(ValueError):
        parse_counts("training=3")


@pytest.mark.parametrize(
    "option, value, said",
    [
        ("--batch", "-1", "1 or more"),
        ("--batch", "0", "1 or more"),
    ],
)
def test_values_that_cannot_be_meant_are_refused_by_name(option, value, said, capsys):
    with pytest.raises(SystemExit, match="2"):
        main(["folder", "--images", "i", "--masks", "m", option, value])
    assert f"argument {option}: " in (err := capsys.readouterr().err) and said in err


def test_synth_streets(tmp_path, capsys):
    command = [
        "synth-streets",
        "--out",
        str(tmp_path / "o"),
        "--size",
        "32x48",
        "--counts",
        "train=2,val=1",
        "--jobs",
        "1",
    ]
    assert main(command) == 0
    assert "2 train, 1 val images are now in" in capsys.readouterr().out
    assert main(command) == 0
    said = capsys.readouterr().out
    assert "were already in" in said and "licence: " in said and "cite: " in said


def test_missing_source_is_explained(tmp_path, capsys):
    assert main(["camvid", "--out", str(tmp_path / "o")]) == 2
    assert "--source DIR" in capsys.readouterr().err
    assert main(["camvid", "--out", str(tmp_path / "o"), "--source", str(tmp_path / "none")]) == 2
    assert "none does not exist" in capsys.readouterr().err
    assert not (tmp_path / "o").exists()


def test_source_and_out_must_differ(tmp_path, capsys):
    assert main(["camvid", "--out", str(tmp_path), "--source", str(tmp_path)]) == 2
    assert "the result needs a separate folder" in capsys.readouterr().err


def test_pack_and_its_config(tmp_path, capsys):
    for i in range(3):
        write_pair(tmp_path, "train", f"s{i}")
    config = tmp_path / "own.py"
    config.write_text(f"train_dataloader = dict(dataset={folder_config(tmp_path)!r})\n")
    assert main(["pack", str(config), "--jobs", "1"]) == 0
    assert "train: 3 images are now in" in capsys.readouterr().out
    assert main(["pack", str(config), "--verify"]) == 0
    said = capsys.readouterr().out
    assert "were already in" in said
    used = tmp_path / "packed.py"
    used.write_text('_base_ = "own.py"\n' + said[said.index("train_dataloader") :])
    assert len(DATASETS.build(Config.fromfile(used).train_dataloader.dataset)) == 3
    assert main(["pack", str(config), "--splits", "val"]) == 2
    assert "no val_dataloader" in capsys.readouterr().err
