"""What a config's data sets consist of, files without a partner included."""

import copy
import os
from dataclasses import dataclass
from typing import Any

from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from seg_plugins.datasets import CheckedSegDataset

__all__ = ["Split", "read_splits"]

SPLITS = ("train", "val", "test")


@dataclass
class Split:
    """One split of a data set.

    Attributes:
        name: `train`, `val` or `test`.
        dataset: The data set, its files not read yet.
        entries: What its transforms take, one dictionary an image with a label.
        faults: Files without a partner and folders that are missing, in words.
        load: The loading transforms of its pipeline: entry -> `img` and `gt_seg_map`.
    """

    name: str
    dataset: Any
    entries: list[dict[str, Any]]
    faults: list[str]
    load: Compose

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return tuple(self.dataset.metainfo["classes"])


def read_splits(cfg: Config) -> list[Split]:
    """Lists the files of every split that a config names; a split that equals an earlier one is left out.

    Args:
        cfg: A config with `train_dataloader`, `val_dataloader`, `test_dataloader`, or some of them.

    Raises:
        ValueError: If it has none.
    """
    init_default_scope(cfg.get("default_scope", "mmseg"))
    splits, seen = [], []
    for name in SPLITS:
        loader = cfg.get(f"{name}_dataloader")
        if not loader or "dataset" not in loader:
            continue
        place = [loader.dataset.get(key) for key in ("data_root", "data_prefix", "ann_file")]
        if place not in seen:
            seen.append(place)
            splits.append(read_split(name, loader.dataset))
    if not splits:
        raise ValueError(
            "the config has no train_dataloader, val_dataloader or test_dataloader with a dataset"
        )
    return splits


def read_split(name: str, dataset_cfg: dict) -> Split:
    """Lists the files of one split."""
    dataset_cfg = copy.deepcopy(dataset_cfg)
    loading = [t for t in dataset_cfg.get("pipeline", []) if t["type"].startswith("Load")]
    dataset = DATASETS.build({**dataset_cfg, "lazy_init": True})
    try:
        entries, faults = list_files(dataset)
    except FileNotFoundError as error:
        entries, faults = [], [str(error)]
    return Split(name, dataset, entries, faults, Compose(loading))


def list_files(dataset: Any) -> tuple[list[dict[str, Any]], list[str]]:
    """Entries that are whole, and what has no partner, in words."""
    if isinstance(dataset, CheckedSegDataset):
        entries, images, labels = dataset.pair_files()
        faults = [f"image {path} has no label: add it, or leave the image out" for path in images]
        return entries, faults + [
            f"label {path} has no image: add it, or leave the label out" for path in labels
        ]
    entries = dataset.load_data_list()
    whole = [e for e in entries if os.path.isfile(e.get("seg_map_path", ""))]
    faults = [
        f"image {e['img_path']} has no label {e.get('seg_map_path')}" for e in entries if e not in whole
    ]
    return whole, faults
