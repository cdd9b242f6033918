import json

import numpy as np
import pytest
import torch
from PIL import Image

from seg_plugins.commands.test import main as run_test
from seg_plugins.commands.train import main as train
from tests.commands.base import write_run


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


NO_LABELS = "test_dataloader.dataset.data_prefix.seg_map_path=None"


@pytest.mark.parametrize("options", [[], ["--tta"]], ids=["plain", "tta"])
def test_images_without_labels_are_predicted_and_it_is_said_that_there_is_no_metric(
    trained, tmp_path, caplog, options
):
    config, checkpoint = trained
    line = [str(config), str(checkpoint), *options, "--work-dir"]
    run_test([*line, str(tmp_path / "with"), "--out", str(tmp_path / "with/maps")])
    new_name = f"visualizer.name={tmp_path.name}"
    run_test([*line, str(tmp_path), "--out", str(tmp_path / "maps"), "--cfg-options", NO_LABELS, new_name])
    maps = [np.asarray(Image.open(path)) for path in sorted(tmp_path.rglob("maps/*.png"))]
    assert len(maps) == 4 and all(map(np.array_equal, maps[:2], maps[2:]))
    assert json.loads((tmp_path / "metrics.json").read_text())["metrics"] == {}
    with pytest.raises(ValueError, match=r"disc\.py: the test images have no labels.*--out DIR"):
        run_test([*line, str(tmp_path), "--cfg-options", NO_LABELS])


def test_out_needs_no_single_metric(trained, tmp_path):
    """Instance leaves have a list of metrics."""
    config, checkpoint = trained
    leaf = tmp_path / "two.py"
    leaf.write_text(
        f"_base_ = [{str(config)!r}]\n"
        "test_evaluator = [dict(type='IoUMetric'), dict(type='ConfusionMetric', prefix='b')]\n"
        "visualizer = dict(name='two')\n"
    )
    run_test([str(leaf), str(checkpoint), "--work-dir", str(tmp_path), "--out", str(tmp_path / "out")])
    assert len(list((tmp_path / "out").glob("*.png"))) == 2
    metrics = json.loads((tmp_path / "metrics.json").read_text())["metrics"]
    assert metrics["b/mIoU"] == pytest.approx(metrics["mIoU"], abs=0.01)


def test_pictures_of_one_name_in_two_folders_are_two_maps(trained, tmp_path):
    config, checkpoint = trained
    for kind in ("images", "labels"):
        for folder in "ab":
            (tmp_path / kind / folder).mkdir(parents=True)
            source = config.parent / "data" / kind / "val" / f"{'ab'.index(folder)}.png"
            (tmp_path / kind / folder / "x.png").write_bytes(source.read_bytes())
    prefix = f"test_dataloader.dataset.data_prefix.{{}}_path={tmp_path}/{{}}"
    options = [prefix.format("img", "images"), prefix.format("seg_map", "labels")]
    line = [str(config), str(checkpoint), "--work-dir", str(tmp_path), "--out", str(tmp_path / "out")]
    run_test([*line, "--cfg-options", *options, f"visualizer.name={tmp_path.name}"])
    found = sorted(str(p.relative_to(tmp_path / "out")) for p in (tmp_path / "out").rglob("*.png"))
    assert found == ["a/x.png", "b/x.png"]
