"""The files of a config's data sets, including those without a partner.

For a `PackedSegDataset`, these are the files that were packed. The pack is compared with them.
"""

import copy
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.dataset import Compose
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from seg_plugins.datasets import CheckedSegDataset
from seg_plugins.datasets.multi_source_dataset import labelled_source
from seg_plugins.datasets.packing import build_source, current_pack, default_folder
from seg_plugins.files.safe_files import safe_files

__all__ = ["Split", "read_splits", "unpacked_config"]

SPLITS = ("train", "val", "test")


@dataclass
class Split:
    """One split of a data set.

    Attributes:
        name: `train`, `val` or `test`.
        dataset: The data set, before it reads its files.
        entries: Input of its transforms, one dictionary per image with a label.
        faults: Messages about images without a label, missing folders and packs of other files.
        load: The loading transforms of its pipeline: entry -> `img` and `gt_seg_map`.
        key: Dotted key of its config.
        spare: Labels without an image, which training does not use.
        steps: Configs of the transforms of its pipeline.
    """

    name: str
    dataset: Any
    entries: list[dict[str, Any]]
    faults: list[str]
    load: Compose
    key: str
    spare: list[str] = field(default_factory=list)
    steps: list[Any] = field(default_factory=list)

    @property
    def classes(self) -> tuple[str, ...]:
        """Names of the classes."""
        return tuple(self.dataset.metainfo["classes"])


def unpacked_config(dataset_cfg: dict) -> dict:
    """Return the config of the data set of files: the one that a `PackedSegDataset` packs, or this one."""
    return dataset_cfg["dataset"] if dataset_cfg["type"] == "PackedSegDataset" else dataset_cfg


@safe_files()
def read_splits(cfg: Config) -> list[Split]:
    """List the files of every split in a config; a split that equals an earlier one is left out.

    Of labelled and unlabelled images the labelled ones are listed.

    Args:
        cfg: A config with `train_dataloader`, `val_dataloader`, `test_dataloader`, or some of them.

    Raises:
        ValueError: The config has none of them.
    """
    init_default_scope(cfg.get("default_scope", "mmseg"))
    splits, seen = [], []
    for name in SPLITS:
        loader = cfg.get(f"{name}_dataloader")
        if not loader or "dataset" not in loader:
            continue
        labelled, inside = labelled_source(loader.dataset)
        source = unpacked_config(labelled)
        place = [source.get(key) for key in ("data_root", "data_prefix", "ann_file")]
        if place not in seen:
            seen.append(place)
            splits.append(read_split(name, labelled, inside))
    if not splits:
        raise ValueError(
            "the config has no train_dataloader, val_dataloader or test_dataloader with a dataset"
        )
    return splits


@safe_files()
def read_split(name: str, dataset_cfg: dict, inside: str = "") -> Split:
    """List the files of one split; `inside` is the place of its data set within that of the loader."""
    key, packed = f"{name}_dataloader.dataset{inside}", None
    if unpacked_config(dataset_cfg) is not dataset_cfg:
        key, packed = f"{key}.dataset", dataset_cfg
    dataset_cfg = copy.deepcopy(unpacked_config(dataset_cfg))
    loading = [t for t in dataset_cfg.get("pipeline", []) if t["type"].startswith("Load")]
    dataset = DATASETS.build({**dataset_cfg, "lazy_init": True})
    try:
        entries, faults, spare = list_files(dataset)
    except (FileNotFoundError, ValueError) as error:
        entries, faults, spare = [], [str(error)], []
    if packed and not faults:
        faults = pack_faults(packed)
    steps = list(dataset_cfg.get("pipeline", []))
    return Split(name, dataset, entries, faults, Compose(loading), key, spare, steps)


def pack_faults(packed_cfg: dict) -> list[str]:
    """Return what is wrong with a pack: missing, damaged, or made from other files."""
    source = unpacked_config(packed_cfg)
    folder = Path(packed_cfg.get("pack") or default_folder(source))
    try:
        pack = current_pack(folder, source, build_source(source))
    except (FileNotFoundError, ValueError) as error:
        return [str(error)]
    damaged = sum(not pack.is_whole(i) for i in range(len(pack)))
    text = (
        f"{damaged} of {len(pack)} entries of {folder} differ from their checksums: remove it and pack again"
    )
    return [text] if damaged else []


def list_files(dataset: Any) -> tuple[list[dict[str, Any]], list[str], list[str]]:
    """Return complete entries, messages about images without a label, and labels without an image."""
    if isinstance(dataset, CheckedSegDataset):
        entries, images, labels = dataset.pair_files()
        faults = [f"image {path} has no label: add one, or leave the image out" for path in images]
        return entries, faults, [str(path) for path in labels]
    entries = dataset.load_data_list()
    whole = [e for e in entries if os.path.isfile(e.get("seg_map_path", ""))]
    faults = [
        f"image {e['img_path']} has no label {e.get('seg_map_path')}" for e in entries if e not in whole
    ]
    return whole, faults, []
