"""Upstream's own train.py, test.py and inference functions run our leaves unchanged."""

import os
import runpy
import sys
from pathlib import Path

import cv2
import mmseg
import pytest
import torch
from mmseg.apis import inference_model, init_model

from seg_plugins.converters import CONVERTERS
from seg_plugins.converters.synth_streets import list_scenes
from seg_plugins.converters.writing import prepare

ROOT = Path(__file__).parents[2]
UPSTREAM = Path(mmseg.__file__).parent / ".mim" / "tools"
LEAF = ROOT / "configs/unet/unet_tiny_1xb4-1k_synth-streets-128x256.py"


@pytest.fixture
def run_tool(monkeypatch, tmp_path):
    """Runs one of upstream's tools in this process on the leaf, two steps on a handful of scenes."""
    data = tmp_path / "streets"
    prepare(CONVERTERS["synth-streets"], list_scenes({"train": 4, "val": 2}, (128, 256)), data)
    single = "num_workers=0", "persistent_workers=False"
    loaders = ("train", "val", "test")
    changes = [
        *(f"{loader}_dataloader.dataset.data_root={data}" for loader in loaders),
        *(f"{loader}_dataloader.{key}" for loader in loaders for key in single),
        "train_dataloader.batch_size=2", "train_cfg.max_iters=2", "train_cfg.val_interval=2",
        "default_hooks.checkpoint.interval=2",
    ]  # fmt: skip

    def run(tool, *arguments):
        monkeypatch.setattr(sys, "argv", [tool, str(LEAF), *map(str, arguments), "--cfg-options", *changes])
        runpy.run_path(str(UPSTREAM / tool), run_name="__main__")

    monkeypatch.setenv("LOCAL_RANK", os.environ.get("LOCAL_RANK", "0"))
    return run, data


def test_upstreams_tools_and_inference(run_tool, tmp_path):
    run, data = run_tool
    threads = torch.get_num_threads()
    run("train.py", "--work-dir", tmp_path / "work")
    checkpoint = tmp_path / "work" / "iter_2.pth"
    run("test.py", checkpoint, "--work-dir", tmp_path / "work", "--out", tmp_path / "out")
    assert len(list((tmp_path / "out").glob("*.png"))) == 2
    model = init_model(str(LEAF), str(checkpoint), device="cpu")
    path = next((data / "images" / "val").iterdir())
    for image in (str(path), cv2.imread(str(path))):
        assert inference_model(model, image).pred_sem_seg.data.shape == (1, 128, 256)
    torch.set_num_threads(threads)
