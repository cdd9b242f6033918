import json

import pytest
import torch

from seg_plugins.launch.testing import test as run_test
from seg_plugins.launch.training import train
from tests.launch.base import write_run


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    config = write_run(folder, iters=2)
    train([str(config), "--work-dir", str(folder / "work")])
    return config, folder / "work" / "iter_2.pth"


def test_metrics_and_outputs_are_written(trained, tmp_path):
    config, checkpoint = trained
    line = [str(config), str(checkpoint), "--work-dir", str(tmp_path), "--out", str(tmp_path / "out")]
    run_test(
        [
            *line,
            "--show-dir",
            str(tmp_path / "show"),
            "--cfg-options",
            "visualizer.name=shown",
            "default_hooks.visualization.interval=1",
        ]
    )
    record = json.loads((tmp_path / "metrics.json").read_text())
    assert 0 < record["metrics"]["mIoU"] <= 100 and record["checkpoint"] == str(checkpoint)
    assert len(list((tmp_path / "out").glob("*.png"))) == 2
    assert len(list((tmp_path / "show").rglob("*.png"))) == 2


def test_tta_runs(trained, tmp_path):
    config, checkpoint = trained
    run_test([str(config), str(checkpoint), "--work-dir", str(tmp_path), "--tta"])
    assert json.loads((tmp_path / "metrics.json").read_text())["tta"] is True


def test_checkpoint_of_another_class_count_is_refused(trained, tmp_path):
    config, checkpoint = trained
    line = [str(config), str(checkpoint), "--work-dir", str(tmp_path)]
    with pytest.raises(ValueError, match="decode_head has 2 classes there and 3 in the config"):
        run_test([*line, "--cfg-options", "model.decode_head.num_classes=3"])


@pytest.mark.parametrize("options", [[], ["--tta"]], ids=["plain", "tta"])
def test_weights_that_are_nan_are_named_with_the_first_image(trained, tmp_path, options):
    config, checkpoint = trained
    loaded = torch.load(checkpoint, weights_only=False)
    loaded["state_dict"]["decode_head.conv_seg.bias"][0] = torch.nan
    torch.save(loaded, tmp_path / "nan.pth")
    line = [str(config), str(tmp_path / "nan.pth"), "--work-dir", str(tmp_path), *options]
    with pytest.raises(ValueError, match=r"images/val/0\.png: the model's scores are not finite.*damaged"):
        run_test([*line, "--cfg-options", "runner_type=SegRunner"])
