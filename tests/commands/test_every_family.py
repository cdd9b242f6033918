"""One tiny network of each family goes the whole way, from training to a prediction in windows."""

import json

import numpy as np
import pytest
from mmengine.config import Config
from PIL import Image

from seg_plugins.commands.test import main as run_test
from seg_plugins.commands.train import main as train
from seg_plugins.inference import SegPredictor
from tests.commands.base import write_run
from tests.segmentors.base import MODEL_BASES, model_config

SURVEY = ("deeplabv", "fcn", "hrnet", "mask_rcnn", "pspnet", "segmenter", "segnet", "unet_")
FAMILIES = sorted(p.stem for p in MODEL_BASES.glob("*_tiny*.py") if not p.stem.startswith(SURVEY))
CROP = (48, 48)


def test_the_list_is_not_empty():
    assert len(FAMILIES) == 23


def write_config(folder, name):
    """The run of `write_run` with another network, on images whose sides no stride divides."""
    config = Config.fromfile(write_run(folder, iters=1, size=(75, 61)))
    model = model_config(name, 2)
    model.data_preprocessor.size = CROP
    config.merge_from_dict(dict(crop_size=CROP, runner_type="SegRunner", val_cfg=dict(type="ValLossLoop")))
    config.model = model
    pipeline = config.train_dataloader.dataset.pipeline
    pipeline[2].crop_size = CROP
    if name.startswith("pidnet"):
        pipeline.insert(-1, dict(type="GenerateEdge", edge_width=2))
    config.default_hooks.update(report=dict(type="ReportHook"), preflight=dict(type="PreflightHook"))
    config.visualizer.name = name
    config.dump(folder / f"{name}.py")
    return folder / f"{name}.py"


@pytest.mark.parametrize("name", FAMILIES)
def test_it_goes_the_whole_way(name, tmp_path):
    config = write_config(tmp_path, name)
    train([str(config), "--work-dir", str(tmp_path / "work")])
    checkpoint = tmp_path / "work" / "iter_1.pth"
    scalars = (tmp_path / "work").rglob("scalars.json")
    lines = [json.loads(line) for path in scalars for line in path.read_text().splitlines()]
    losses = [line["val/loss"] for line in lines if "val/loss" in line]
    assert losses and np.isfinite(losses).all() and min(losses) > 0
    line = [str(config), str(checkpoint), "--work-dir", str(tmp_path / "test")]
    run_test([*line, "--tta"])
    assert json.loads((tmp_path / "test" / "metrics.json").read_text())["tta"] is True
    run_test([*line, "--out", str(tmp_path / "labels")])
    assert list((tmp_path / "test").rglob("report.html"))
    images = sorted((tmp_path / "data" / "images" / "val").glob("*.png"))
    assert len(images) == 2
    whole, sliding = (
        SegPredictor(config, checkpoint, device="cpu", **o) for o in ({}, dict(window=(41, 36)))
    )
    for image in images:
        wanted = np.asarray(Image.open(tmp_path / "labels" / image.name))
        assert np.array_equal(whole(image).labels, wanted)
        assert sliding(image).labels.shape == (75, 61)
