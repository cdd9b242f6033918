"""The strong augmentation of each domain, on planted pairs of images."""

from pathlib import Path

import numpy as np
import pytest
from mmengine.config import Config
from mmseg.registry import DATASETS

import seg_plugins.register  # noqa: F401 - registers
from tests.datasets.base import write_pair

FOLDER = Path(__file__).parents[2] / "configs" / "_base_" / "datasets"
BASES = sorted(FOLDER.glob("*_augmented.py"))


def test_every_domain_has_one():
    domains = {"camvid", "isbi-em", "epfl-roads", "magnetic-tile", "human-matte"}
    assert {p.stem.removesuffix("_augmented") for p in BASES} == domains


@pytest.mark.parametrize("path", BASES, ids=lambda p: p.stem)
def test_samples_are_whole_and_differ(path, tmp_path):
    config = Config.fromfile(path)
    height, width = config.crop_size
    write_pair(tmp_path, "train", "a", shape=(height + 8, width + 8), classes=config.num_classes)
    dataset = DATASETS.build(config.train_dataloader.dataset | dict(data_root=str(tmp_path)))
    seen = set()
    for seed in range(8):
        np.random.seed(seed)
        item = dataset[0]
        label = item["data_samples"].gt_sem_seg.data
        assert label.shape[1:] == item["inputs"].shape[1:]
        assert label.shape[1] <= height and label.shape[2] <= width
        assert set(label.unique().tolist()) <= {*range(config.num_classes), 255}
        seen.add(item["inputs"].numpy().tobytes())
    assert len(seen) == 8
