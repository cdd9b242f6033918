"""A panoptic leaf goes from training to its panoptic quality, and says what it cannot do."""

import json

import pytest
from mmengine.config import Config

from seg_plugins.commands.test import main as run_test
from seg_plugins.commands.train import main as train
from tests.commands.test_every_family import write_config


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    """A config of Mask2Former with panoptic segments, and its checkpoint after one step."""
    folder = tmp_path_factory.mktemp("panoptic")
    path = write_config(folder, "mask2former_tiny")
    config = Config.fromfile(path)
    config.model.update(type="PanopticEncoderDecoder", thing_ids=[1], segment_threshold=0.0)
    config.val_evaluator = [dict(type="ConfusionMetric"), dict(type="PanopticQuality")]
    config.test_evaluator = config.val_evaluator
    config.dump(path)
    train([str(path), "--work-dir", str(folder / "work")])
    return path, folder / "work" / "iter_1.pth"


def test_the_quality_stands_beside_the_miou(trained, tmp_path):
    config, checkpoint = trained
    run_test([str(config), str(checkpoint), "--work-dir", str(tmp_path)])
    metrics = json.loads((tmp_path / "metrics.json").read_text())
    assert {"mIoU", "PQ", "SQ", "RQ", "PQ_things", "PQ_stuff"} <= set(metrics.get("metrics", metrics))
    assert list(tmp_path.rglob("report.html"))


def test_augmentation_and_windows_are_refused_by_name(trained, tmp_path, capsys):
    config, checkpoint = trained
    slide = "model.test_cfg.mode=slide", "model.test_cfg.crop_size=(32,32)", "model.test_cfg.stride=(16,16)"
    for options in (["--tta"], ["--cfg-options", *slide]):
        with pytest.raises((ValueError, SystemExit)) as error:
            run_test([str(config), str(checkpoint), "--work-dir", str(tmp_path), *options])
        said = str(error.value) + "".join(capsys.readouterr())
        assert "PanopticQuality needs a model that predicts segments" in said
