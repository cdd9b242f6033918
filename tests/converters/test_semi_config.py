"""Tests of the config that learns from unlabelled images of one's own."""

import numpy as np
import pytest
import torch
import yaml
from mmengine.registry import init_default_scope
from mmengine.runner import Runner
from mmseg.registry import MODELS

from seg_plugins.commands.prepare_dataset import main
from seg_plugins.config.reading import read_config
from seg_plugins.doctor.entries import read_splits
from tests.converters.base import write_image, write_mask


def prepared(root, *options, classes=2, labelled=5):
    """Five labelled images of `photos` and three unlabelled ones in it; returns the exit code."""
    mask = np.arange(classes, dtype=np.uint8).repeat(48 // classes)[None].repeat(48, 0)
    for i in range(8):
        write_image(root / f"photos/{i}.jpg", (48, 48, 3), i)
        if i < labelled:
            write_mask(root / f"masks/{i}.png", mask)
    folders = ["--images", str(root / "photos"), "--masks", str(root / "masks"), "--out", str(root / "mine")]
    return main(["folder", *folders, "--unlabelled", str(root / "photos"), "--batch", "2", *options])


@pytest.mark.parametrize("classes, mix", [(2, "CutMix"), (4, "ClassMix")])
def test_the_written_config_trains_on_both(tmp_path, capsys, classes, mix):
    assert prepared(tmp_path, classes=classes) == 0
    said = capsys.readouterr().out
    assert "3 unlabelled images in" in said and "mine_semi.py" in said and "left out" not in said
    cfg = read_config(tmp_path / "mine/mine_semi.py")
    init_default_scope("mmseg")
    cfg.train_dataloader.update(num_workers=0, persistent_workers=False)
    batch = next(iter(Runner.build_dataloader(cfg.train_dataloader, seed=0)))
    names = [s.img_path for s in batch["data_samples"]["unsup_student"] if s is not None]
    assert len(names) == 2 and all(name[-5] in "567" for name in names)
    model = MODELS.build(cfg.model).train()
    assert type(model.mix).__name__ == mix
    model.iteration = 1000
    losses = model(**model.data_preprocessor(batch, True), mode="loss")
    assert all(torch.isfinite(value).all() for key, value in losses.items() if "loss" in key)


def test_the_doctor_looks_at_the_labelled_images(tmp_path):
    prepared(tmp_path)
    train, val = read_splits(read_config(tmp_path / "mine/mine_semi.py"))
    assert (len(train.entries), len(val.entries)) == (4, 1) and train.faults == []
    assert train.key == "train_dataloader.dataset.datasets.0"


def test_folds_leave_the_unlabelled_images_as_they_are(tmp_path):
    assert prepared(tmp_path, "--folds", "5") == 0
    suite = yaml.safe_load((tmp_path / "mine/mine_semi-5fold.yaml").read_text())
    options = suite["models"][0]["options"]
    assert options["train_dataloader.dataset.ann_files"] == [
        "splits/{seed}/train.txt",
        "splits/unlabelled.txt",
    ]
    assert options["val_dataloader.dataset.ann_file"] == "splits/{seed}/val.txt"


def test_nothing_is_left_after_a_refusal(tmp_path, capsys):
    assert prepared(tmp_path, labelled=8) == 2
    assert "all of its 8 images have a mask" in capsys.readouterr().err
    assert not (tmp_path / "mine").exists()
