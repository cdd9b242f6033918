import csv
import json

import numpy as np
import pytest
from PIL import Image

from seg_plugins.inference.command import name_inputs, predict
from tests.launch.base import draw_disc


def test_names_do_not_collide(tmp_path):
    for name in ("a/x.png", "a/x.jpg", "b/x.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    named = name_inputs([tmp_path / "a", tmp_path / "b", tmp_path / "a" / "x.png"])
    assert {name: path.relative_to(tmp_path).as_posix() for name, path in named.items()} == {
        "x": "a/x.jpg", "x_png": "a/x.png", "x_2": "b/x.png", "x_3": "a/x.png",
    }  # fmt: skip


def test_refusals_do_not_stop_the_rest(trained, tmp_path, capsys):
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    good, _ = draw_disc(np.random.default_rng(0), (40, 50))
    Image.fromarray(good).save(folder / "good.png")
    Image.fromarray(good).save(folder / "deep" / "also.jpg")
    (folder / "empty.png").touch()
    (folder / "text.jpg").write_text("no image")
    (folder / "cut.png").write_bytes((folder / "good.png").read_bytes()[:900])
    Image.fromarray(np.zeros((90, 90), np.uint8)).save(folder / "large.png")
    line = [*map(str, trained), str(folder), str(tmp_path / "missing.png"), "--out", str(tmp_path / "out")]
    assert (
        predict([*line, "--max-pixels", "5000", "--device", "cpu", "--outputs", "classes", "areas", "coco"])
        == 1
    )
    captured = capsys.readouterr()
    refused = [line for line in captured.err.splitlines() if line.startswith("refused:")]
    for name in ("empty.png", "text.jpg", "cut.png", "large.png", "missing.png"):
        assert sum(name in line for line in refused) == 1
    assert "2 of 7 inputs segmented on cpu" in captured.out
    assert np.asarray(Image.open(tmp_path / "out/good_classes.png")).shape == (40, 50)
    assert (tmp_path / "out/deep/also_classes.png").exists()
    rows = list(csv.DictReader((tmp_path / "out/areas.csv").read_text().splitlines()))
    assert {r["image"] for r in rows} == {"good", "deep/also"} and len(rows) == 4
    assert len(json.loads((tmp_path / "out/coco.json").read_text())["images"]) == 2


def test_nothing_to_do_is_said(trained, tmp_path):
    with pytest.raises(ValueError, match="no image, video or TIFF lies there"):
        predict([*map(str, trained), str(tmp_path), "--out", str(tmp_path / "out")])
