"""Every block of configs/recipes.md takes effect."""

import json
import re
from itertools import pairwise
from pathlib import Path

import cv2
import numpy as np
import pytest
import torch
import torch.nn.functional as F
from mmcv.transforms import Compose
from mmengine.config import Config
from mmseg.registry import MODELS, RUNNERS
from mmseg.utils import register_all_modules

from seg_plugins.doctor.diagnosis import diagnose
from seg_plugins.doctor.entries import read_splits
from seg_plugins.doctor.inspection import inspect_all
from seg_plugins.doctor.page import write_diagnosis
from tests.doctor.base import make
from tests.hooks.tiny_runner import log_text, model_config, tiny_runner, weights

PAGE_FOLDER = Path(__file__).parent.parent / "configs"
PAGE = (PAGE_FOLDER / "recipes.md").read_text()
BLOCKS = {
    title.strip(): re.findall(r"```python\n(.*?)```", text, re.S)
    for title, text in re.findall(r"^## (.*?)\n(.*?)(?=^## |\Z)", PAGE, re.S | re.M)
}


def block(title, index=0):
    names = {}
    exec(BLOCKS[title][index], names)
    return {key: value for key, value in names.items() if not key.startswith("__")}


def merged(base, title):
    """A base config with the block in it, as a leaf has it."""
    config = Config(base)
    config.merge_from_dict(block(title))
    return config


def hooks(title):
    return block(title)["custom_hooks"]


def test_every_section_has_a_block_and_a_test():
    assert BLOCKS and all(BLOCKS.values())
    source = Path(__file__).read_text()
    assert [title for title in BLOCKS if f'"{title}"' not in source] == []


def test_class_weights(tmp_path):
    splits = read_splits(make(tmp_path))
    diagnosis = diagnose(splits, inspect_all(splits))
    write_diagnosis(diagnosis, tmp_path / "check", "A data set", {})
    plain = dict(type="CrossEntropyLoss", avg_non_ignore=True)  # as bases have it
    loss = merged(dict(model=dict(decode_head=dict(loss_decode=plain))), "Class weights")
    loss = loss.model.decode_head.loss_decode
    name = Path(loss.class_weight).relative_to("work_dirs/mine")
    loss = MODELS.build(dict(loss, class_weight=str(tmp_path / name)))
    weight = torch.tensor(diagnosis.weights["median_frequency"])
    classes = len(weight)
    assert weight.unique().numel() > 1
    score, label = torch.randn(2, classes, 5, 5), torch.randint(0, classes, (2, 5, 5))
    torch.testing.assert_close(loss(score, label), F.cross_entropy(score, label, weight))


def test_multi_scale():
    register_all_modules(init_default_scope=True)
    resize = Compose(block("Multi-scale training")["train_pipeline"][2:3])
    np.random.seed(0)
    image = np.zeros((128, 256, 3), np.uint8)
    heights = [
        resize(dict(img=image, img_shape=(128, 256), seg_fields=[]))["img"].shape[0] for _ in range(20)
    ]
    assert min(heights) < 90 and max(heights) > 200
    config = block("Multi-scale training")
    assert config["train_dataloader"]["dataset"]["pipeline"] is config["train_pipeline"]


def test_moving_average(tmp_path):
    runner = tiny_runner(tmp_path, hooks=hooks("Exponential moving average"))
    runner.train()
    average = next(h for h in runner.hooks if type(h).__name__ == "ExactEMAHook").ema_model.module
    mean = torch.cat([p.detach().flatten() for p in average.parameters()])
    assert 0 < (mean - weights(runner)).abs().max() < 1


def test_early_stopping(tmp_path):
    options = dict(val_interval=1, scores=[10, 20, 20.1, 20.2, 50], hooks=hooks("Early stopping on a metric"))
    runner = tiny_runner(tmp_path, iters=9, **options)
    runner.train()
    assert runner.iter == 4


def test_best_checkpoint_by_validation_loss(tmp_path):
    recipe = block("Best checkpoint by validation loss")
    logger = dict(type="LoggerHook", interval=1, log_metric_by_epoch=False)
    recipe["default_hooks"]["logger"] = logger
    runner = tiny_runner(tmp_path, iters=3, val_interval=1, **recipe)
    runner.train()
    lines = [json.loads(x) for p in tmp_path.rglob("scalars.json") for x in p.read_text().splitlines()]
    losses = [x["val/loss"] for x in lines if "val/loss" in x]
    assert len(losses) == 3
    (best,) = tmp_path.glob("best_*.pth")
    assert best.stem.endswith(f"iter_{losses.index(min(losses)) + 1}")


def test_layer_wise_learning_rates(tmp_path):
    optimizer = dict(type="SGD", lr=0.1, momentum=0.9)
    leaf = merged(dict(optim_wrapper=dict(optimizer=optimizer)), "Layer-wise learning rates")
    runner = tiny_runner(tmp_path, iters=1, **leaf.to_dict())
    runner.train()
    rates = {}
    named = {id(p): name for name, p in runner.model.named_parameters()}
    for group in runner.optim_wrapper.optimizer.param_groups:
        for parameter in group["params"]:
            rates[named[id(parameter)]] = (group["lr"], group["weight_decay"])
    assert rates["decode_head.conv_seg.weight"] == pytest.approx((3e-3, 1e-2))
    assert rates["backbone.conv1.weight"] == pytest.approx((3e-4, 1e-2))
    assert rates["backbone.layer2.0.conv1.weight"] == pytest.approx((9e-4, 1e-2))
    assert rates["decode_head.convs.0.bn.weight"][1] == 0 and rates["backbone.bn1.weight"][1] > 0


@pytest.mark.parametrize(
    "title, middle",
    [("Warm-up, then polynomial decay", 0.5**0.9), ("Warm-up, then cosine", 0.5)],
)
def test_schedules(title, middle, tmp_path):
    recipe = block(title)
    runner = tiny_runner(tmp_path, iters=recipe["max_iters"], param_scheduler=recipe["param_scheduler"])
    runner.train()
    rates = runner.message_hub.get_scalar("train/lr").data[0] / 0.1
    assert rates[0] == pytest.approx(0.1) and rates.argmax() in (3, 4) and rates.max() == pytest.approx(1)
    assert rates[8] == pytest.approx(middle, abs=0.1) and rates[-1] < 0.2


def test_clipping_and_accumulation(tmp_path):
    recipe = block("Gradient clipping and accumulation")
    recipe["optim_wrapper"]["dtype"] = "float32"
    runner = tiny_runner(tmp_path, iters=4, **recipe)
    seen = []
    step = runner.model.train_step
    runner.model.train_step = lambda *a, **k: (step(*a, **k), seen.append(weights(runner)))[0]
    runner.train()
    changes = [not torch.equal(a, b) for a, b in pairwise(seen)]
    assert changes == [True, False, True]
    assert len(runner.message_hub.get_scalar("train/grad_norm").data[0]) == 2


def test_freezing(tmp_path):
    runner = tiny_runner(tmp_path, hooks=hooks("Freezing"))
    runner.train()
    assert not any(p.requires_grad for p in runner.model.backbone.parameters())
    assert "frozen: backbone" in log_text(runner)


def test_transfer(tmp_path):
    state = tiny_runner(tmp_path / "source").model.backbone.state_dict()
    torch.save(state, tmp_path / "backbone.pth")
    (hook,) = hooks("Transfer learning")
    runner = tiny_runner(tmp_path / "run", hooks=[dict(hook, checkpoint=str(tmp_path / "backbone.pth"))])
    runner.train()
    report = json.loads((tmp_path / "run" / "transfer.json").read_text())
    assert len(report["loaded"]) == len(state)
    assert all(key.startswith("decode_head") for key in report["missing"])


def test_another_encoder():
    """A ResNet's head of four maps, and one with low-level features, on the encoder of the block."""
    register_all_modules(init_default_scope=True)
    for name in ("deeplabv3plus_tiny", "pspnet_tiny"):
        base = Config.fromfile(PAGE_FOLDER / "_base_" / "models" / f"{name}.py")
        base.merge_from_dict(block("Another encoder"))
        assert base.model.backbone.pop("init_cfg").checkpoint == "installed://efficientnet-lite0"
        base.model.decode_head.num_classes = 3
        model = MODELS.build(base.model).eval()
        assert type(model.backbone).__name__ == "EfficientNetLite"
        assert model.data_preprocessor.mean.flatten().tolist() == [127.0] * 3
        assert model._forward(torch.zeros(1, 3, 40, 64)).shape[1] == 3


def street_frames(root, count):
    """Labelled frames in CamVid's folders, the later ones brighter."""
    rng = np.random.default_rng(0)
    for folder in ("images/val", "labels/val"):
        (root / folder).mkdir(parents=True)
    for number in range(count):
        labels = np.repeat(rng.integers(0, 11, (12, 16)), 8, axis=0).repeat(8, axis=1).astype(np.uint8)
        cv2.imwrite(str(root / f"labels/val/{number}.png"), labels)
        cv2.imwrite(str(root / f"images/val/{number}.jpg"), np.full((96, 128, 3), 10 * number, np.uint8))


def test_temperature_scaling(tmp_path):
    street_frames(tmp_path / "data", count=7)
    leaf = Config.fromfile(PAGE_FOLDER / "unet" / "unet_tiny_1xb4-3k_camvid-144x192.py")
    leaf.merge_from_dict(block("Temperature scaling on validation data"))
    leaf.merge_from_dict(
        {
            "work_dir": str(tmp_path / "run"),
            "load_from": str(tmp_path / leaf.load_from),
            "train_dataloader.dataset.indices": 3,
            "val_dataloader.dataset.indices": -3,
            **{f"{part}_dataloader.dataset.data_root": str(tmp_path / "data") for part in ("train", "val")},
            **{f"{part}_dataloader.num_workers": 0 for part in ("train", "val")},
            **{f"{part}_dataloader.persistent_workers": False for part in ("train", "val")},
        }
    )
    register_all_modules(init_default_scope=True)
    network = MODELS.build(dict(leaf.model, postprocess=[]))
    network.init_weights()
    torch.save({"state_dict": network.state_dict()}, tmp_path / "best.pth")
    runner = RUNNERS.build(leaf)
    runner.train()
    assert frames(runner.train_dataloader) == ["0", "1", "2"] and frames(runner.val_dataloader) == [
        "4",
        "5",
        "6",
    ]
    assert runner.message_hub.get_scalar("val/ECE").current() >= 0
    saved = torch.load((tmp_path / "run" / "last_checkpoint").read_text(), weights_only=False)["state_dict"]
    assert saved["postprocess.0.temperature"] > 0
    assert all(torch.equal(saved[name], value) for name, value in network.state_dict().items())


def frames(loader):
    return [Path(loader.dataset.get_data_info(i)["img_path"]).stem for i in range(len(loader.dataset))]


def train_with(visualizer, tmp_path):
    visualizer = dict(visualizer, type="SegLocalVisualizer", name=str(tmp_path))
    runner = tiny_runner(
        tmp_path, visualizer=visualizer, cfg=dict(model=model_config(), work_dir=str(tmp_path))
    )
    runner.train()


def test_tensorboard_by_default(tmp_path):
    runtime = Config.fromfile(PAGE_FOLDER / "_base_" / "runtime.py")
    train_with(dict(vis_backends=runtime.vis_backends), tmp_path)
    assert list(tmp_path.rglob("events.out.tfevents*"))


def test_mlflow_offline(tmp_path, monkeypatch):
    pytest.importorskip("mlflow")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MLFLOW_ALLOW_FILE_STORE", "true")
    train_with(block("Loggers", 0)["visualizer"], tmp_path / "run")
    assert list((tmp_path / "mlruns").rglob("metrics/*loss*"))


def test_wandb_offline(tmp_path, monkeypatch):
    wandb = pytest.importorskip("wandb")
    monkeypatch.setenv("WANDB_SILENT", "true")
    train_with(block("Loggers", 1)["visualizer"], tmp_path)
    wandb.finish()
    assert list(tmp_path.rglob("offline-run-*/*.wandb"))
