"""The images of a config that could be labelled next, beside those that are labelled."""

import copy
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mmengine.config import Config
from mmengine.registry import init_default_scope
from mmseg.registry import DATASETS

from seg_plugins.datasets.multi_source_dataset import labelled_source
from seg_plugins.files.safe_files import safe_files

from .entries import read_splits, unpacked_config

__all__ = ["Candidates", "find_candidates"]


@dataclass
class Candidates:
    """Images by what is known of them, sorted.

    Attributes:
        unlabelled: Images without a label, of which some may be chosen.
        labelled: Labelled images of training.
        val: Images of validation and test.
    """

    unlabelled: list[Path]
    labelled: list[Path]
    val: list[Path]


@safe_files()
def find_candidates(cfg: Config) -> Candidates:
    """Find the images of a config that have no label.

    They are those of the unlabelled sources of training, if there are any. Otherwise they are the images in
    the training images' folder that no file of the labels belongs to; the list of entries does not matter.

    Args:
        cfg: A config with `train_dataloader`.

    Raises:
        ValueError: There are no such images, or no training data.
    """
    if not cfg.get("train_dataloader") or "dataset" not in cfg.train_dataloader:
        raise ValueError("--pick: the config has no train_dataloader with a dataset to choose images from")
    splits = read_splits(cfg)
    train = [e["img_path"] for s in splits if s.name == "train" for e in s.entries]
    val = [e["img_path"] for s in splits if s.name != "train" for e in s.entries]
    sources = cfg.train_dataloader.dataset
    init_default_scope(cfg.get("default_scope", "mmseg"))
    first, inside = labelled_source(sources)
    if inside:
        lists = sources.get("ann_files") or [source.get("ann_file", "") for source in sources["datasets"]]
        others = list(zip(sources["datasets"], lists, strict=True))[1:]
        free = [path for source, name in others for path in free_images({**source, "ann_file": name})]
    else:
        free = free_images({**unpacked_config(first), "ann_file": ""})
    known = set(map(os.path.realpath, [*train, *val]))
    free = sorted({path for path in free if os.path.realpath(path) not in known})
    if not free:
        raise ValueError(
            "--pick: every training image of the config has a label. Put further images into their folder, "
            "or name a folder of such by `prepare_dataset.py folder --unlabelled DIR`, which writes a second "
            "config, and give that one"
        )
    return Candidates(*([Path(path) for path in sorted(paths)] for paths in (free, train, val)))


def free_images(source: dict[str, Any]) -> list[str]:
    """Return the images of a source that have no label file; all of them if it names no folder of labels.

    Args:
        source: Config of a data set of files.

    Raises:
        ValueError: The data set does not list its files in pairs.
    """
    dataset = DATASETS.build({**copy.deepcopy(dict(source)), "lazy_init": True})
    if not hasattr(dataset, "pair_files"):
        raise ValueError(
            f"--pick does not know how {type(dataset).__name__} finds images: use FolderSegDataset"
        )
    entries, unlabelled, _ = dataset.pair_files()
    if dataset.data_prefix.get("seg_map_path"):
        return unlabelled
    return [entry["img_path"] for entry in entries]
