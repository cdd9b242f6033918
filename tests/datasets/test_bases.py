"""Every data base of the configs, on a planted pair of images."""

from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.dataset import Compose
from mmseg.registry import DATASETS

from seg_plugins.converters import CONVERTERS
from tests.datasets.base import write_pair

FOLDER = Path(__file__).parents[2] / "configs" / "_base_" / "datasets"
BASES = sorted(p for p in FOLDER.glob("*.py") if "_" not in p.stem and p.stem != "loaders")


def test_the_list_of_bases_is_whole():
    assert {p.stem for p in BASES} == set(CONVERTERS)


@pytest.mark.parametrize("path", BASES, ids=lambda p: p.stem)
def test_base_is_whole_and_its_pipelines_run(path, tmp_path):
    config = Config.fromfile(path)
    dataset_class = DATASETS.get(config.dataset_type)
    assert config.num_classes == len(dataset_class.METAINFO["classes"]) == CONVERTERS[path.stem].num_classes
    assert config.data_root == f"data/{path.stem}" and dataset_class.prepared_by == path.stem
    assert config.test_dataloader == config.val_dataloader
    shape = tuple(config.crop_size)
    for split in ("train", "val"):
        write_pair(tmp_path, split, "a", shape=(shape[0] + 8, shape[1] + 8), classes=config.num_classes)
        loader = config[f"{split}_dataloader"]
        dataset = DATASETS.build(loader.dataset | dict(data_root=str(tmp_path)))
        item = dataset[0]
        label = item["data_samples"].gt_sem_seg
        if split == "val":
            assert label.shape == (shape[0] + 8, shape[1] + 8)
        else:
            assert label.shape == item["inputs"].shape[1:]
            assert all(a <= b for a, b in zip(item["inputs"].shape[1:], shape, strict=True))
    augmented = Compose(config.tta_pipeline)(dataset.get_data_info(0))
    assert len(augmented["inputs"]) == 6
