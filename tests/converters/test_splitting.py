import numpy as np
import pytest
import yaml
from mmseg.registry import DATASETS

from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.dividing import SplitRule
from seg_plugins.converters.splitting import data_of, kfold_suite, split_prepared
from tests.converters.test_camvid import make_source
from tests.datasets.base import folder_config, write_pair

CONFIG = "unet/unet_tiny_1xb4-1k_isbi-em-256x256.py"


def test_prepared_data_is_divided_across_its_splits(tmp_path):
    for i in range(8):
        write_pair(tmp_path, "train" if i < 6 else "val", f"f{i}")
    parts = split_prepared(tmp_path, tmp_path / "splits/own", SplitRule(folds=4, stratified=True))
    assert len(parts["val"]) == 2 and len(parts["train"]) == 6
    prefix = dict(img_path="images", seg_map_path="labels")
    folds = [
        DATASETS.build(folder_config(tmp_path, data_prefix=prefix, ann_file=f"splits/own/{i}/val.txt"))
        for i in range(4)
    ]
    names = [fold.get_data_info(k)["seg_map_path"] for fold in folds for k in range(len(fold))]
    assert len(names) == len(set(names)) == 8
    assert folds[0][0]["data_samples"].gt_sem_seg.data.max() <= 2


def test_suite_chooses_the_fold_by_its_seed():
    text = kfold_suite(CONFIG, data_of(CONFIG), "splits/own", 5, img_path="images", seg_map_path="labels")
    suite = yaml.safe_load(text)
    (model,) = suite["models"]
    assert suite["data"] == "isbi-em" and suite["seeds"] == [0, 1, 2, 3, 4]
    assert model["options"]["train_dataloader.dataset.ann_file"] == "splits/own/{seed}/train.txt"
    assert model["options"]["test_dataloader.dataset.ann_file"] == "splits/own/{seed}/val.txt"
    assert model["options"]["test_dataloader.dataset.data_prefix.seg_map_path"] == "labels"
    with pytest.raises(SourceError, match="should end in"):
        data_of("data/own/own.py")


def test_a_source_that_is_not_prepared_is_refused(tmp_path):
    make_source(tmp_path, "tutorial")
    with pytest.raises(SourceError, match="prepare the data set first"):
        split_prepared(tmp_path, tmp_path / "splits", SplitRule())
    assert np.count_nonzero([p.name == "splits" for p in tmp_path.iterdir()]) == 0
