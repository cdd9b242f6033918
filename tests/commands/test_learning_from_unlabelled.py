"""The whole path of a user with a few labels: from a folder of photos to a published, ordinary model."""

import json
import re

import cv2
import pytest
from mmengine.config import Config

from seg_plugins.commands.check_dataset import main as check
from seg_plugins.commands.predict import main as predict
from seg_plugins.commands.publish import main as publish
from seg_plugins.commands.test import main as run_test
from seg_plugins.commands.train import main as train
from seg_plugins.inference import SegPredictor
from seg_plugins.serve.app import make_app
from seg_plugins.serve.intake import Limits
from tests.converters.test_semi_config import prepared
from tests.serve.base import ask, decoded

SHORT = [
    "train_cfg.max_iters=6", "train_cfg.val_interval=3", "default_hooks.checkpoint.interval=3",
    "default_hooks.logger.interval=1", "custom_hooks.0.interval=2", "model.semi_train_cfg.warmup=2",
    "model.semi_train_cfg.ramp_up=2", "model.semi_train_cfg.threshold=0.5", "train_dataloader.num_workers=0",
    "train_dataloader.persistent_workers=False", "val_dataloader.num_workers=0",
    "val_dataloader.persistent_workers=False", "test_dataloader.num_workers=0",
    "test_dataloader.persistent_workers=False",
]  # fmt: skip
SLIDE = "model.segmentor.test_cfg=dict(mode='slide',crop_size=(32,32),stride=(21,21))"


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """The folder of the data and of the work directory `work`, trained for 6 iterations with one stop."""
    root = tmp_path_factory.mktemp("few")
    assert prepared(root) == 0
    config, work = str(root / "mine/mine_semi.py"), str(root / "work")
    options = ["--work-dir", work, "--cfg-options", *SHORT]
    # MMEngine finds a visualizer of an earlier run of the process by its name
    train([config, *options, "train_cfg.max_iters=3", "visualizer.name=first"])
    train([config, "--resume", *options, "visualizer.name=second"])
    return root


def labels(path):
    return cv2.imread(str(path), cv2.IMREAD_UNCHANGED)


def test_the_log_holds_losses_and_kept_shares(run):
    written = (run / "work").rglob("scalars.json")
    lines = [json.loads(line) for path in written for line in path.read_text().splitlines()]
    steps = {line["step"] for line in lines if line.get("decode.unsup_loss_ce") is not None}
    assert {3, 4, 5, 6} <= steps
    kept = {key for line in lines for key in line if key.startswith("unsup/kept.")}
    assert kept and all(0 <= line[key] <= 1 for line in lines for key in kept if key in line)
    assert (run / "work/curves.png").is_file() and (run / "work/iter_6.pth").is_file()


def test_every_tool_says_the_same_of_the_result(run, tmp_path, monkeypatch):
    """test.py, predict.py, the page and the published plain model label each pixel alike."""
    monkeypatch.chdir(tmp_path)
    config, checkpoint = str(run / "mine/mine_semi.py"), str(run / "work/iter_6.pth")
    short = ["--cfg-options", *SHORT]
    assert not run_test([config, checkpoint, "--work-dir", "tested", "--out", "tested/maps", *short])
    (found,) = (tmp_path / "tested/maps").glob("*.png")
    photo = run / f"photos/{found.stem}.jpg"
    assert predict([config, checkpoint, str(photo), "--out", "predicted"]) == 0
    expected = labels(tmp_path / f"predicted/{found.stem}_classes.png")
    assert len(expected) == 48 and (labels(found) == expected).all()
    assert (tmp_path / "tested/report/report.html").is_file()

    assert publish([config, checkpoint, "--out", "published"]) == 0
    (weights,) = (tmp_path / "published").glob("*.pth")
    plain = weights.with_suffix(".py")
    assert Config.fromfile(plain).model.type == "EncoderDecoder"
    assert predict([str(plain), str(weights), str(photo), "--out", "plain"]) == 0
    assert (labels(tmp_path / f"plain/{found.stem}_classes.png") == expected).all()

    served = make_app(SegPredictor(config, checkpoint, device="cpu"), Limits())
    answer = ask(served, "POST", "/api/segment", content=photo.read_bytes(), headers={"Accept": "image/png"})
    assert answer.status_code == 200 and (decoded(answer.content) == expected).all()


def test_windows_of_the_inner_segmentor_are_used(run, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    config, checkpoint = str(run / "mine/mine_semi.py"), str(run / "work/iter_6.pth")
    options = ["--cfg-options", SLIDE]
    run_test([config, checkpoint, "--work-dir", "t", "--out", "t/maps", *options, *SHORT])
    (found,) = (tmp_path / "t/maps").glob("*.png")
    photo = run / f"photos/{found.stem}.jpg"
    assert predict([config, checkpoint, str(photo), "--out", "p", *options]) == 0
    ours = labels(tmp_path / f"p/{found.stem}_classes.png")
    assert (labels(found) == ours).all()
    predictor = SegPredictor(
        config, checkpoint, device="cpu", window=(32, 32), stride=(21, 21), gaussian=False
    )
    assert predictor.windows.window == (32, 32) and (predictor(photo).labels == ours).all()


def test_the_doctor_asks_the_model_what_to_label_next(run, tmp_path, capsys):
    arguments = [str(run / "mine/mine_semi.py"), "--pick", "2", "--method", "uncertainty"]
    assert check([*arguments, "--checkpoint", str(run / "work"), "--out", str(tmp_path)]) == 0
    listed = (tmp_path / "to_label.txt").read_text().splitlines()
    assert len(listed) == 2 and all(name[-5] in "567" for name in listed)
    captions = re.findall("<figcaption>(.*?)</figcaption>", (tmp_path / "to_label.html").read_text())
    assert len(captions) == 2 and all(": uncertainty " in caption for caption in captions)
    assert "2 of 3 unlabelled images" in capsys.readouterr().out
