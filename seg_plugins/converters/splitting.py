"""Division of a prepared data set, and the suite that trains on every fold."""

import glob
import re
from os.path import splitext
from pathlib import Path

import numpy as np
import yaml

from seg_plugins.datasets.folder_seg_dataset import image_names
from seg_plugins.datasets.label_check import count_ids
from seg_plugins.progress import track

from .converter import SourceError
from .dividing import SplitRule, divide
from .pairing import read_ids

__all__ = ["data_of", "kfold_suite", "split_prepared"]


def split_prepared(root: Path, folder: Path, rule: SplitRule) -> dict[str, list[str]]:
    """Divide all labelled images of a prepared data set, independently of their present split.

    Args:
        root: Root of the prepared data set.
        folder: Folder of the lists.
        rule: The rule for dividing.

    Returns:
        Stems of "train" and "val", relative to `images`.

    Raises:
        SourceError: If the folder does not hold a prepared data set.
    """
    if not (root / "images").is_dir() or not (root / "labels").is_dir():
        raise SourceError(f"{root} does not hold images and labels: prepare the data set first")
    stems = [splitext(name)[0] for name in image_names(root / "images")]
    stems = [stem for stem in stems if (root / "labels" / f"{stem}.png").is_file()]
    if not stems:
        raise SourceError(f"{root} holds no labelled images")
    pixels = np.ones((len(stems), 1))
    if rule.stratified:
        labels = track(stems, "reading labels", len(stems))
        pixels = np.array([count_ids(read_ids(root / "labels" / f"{stem}.png"))[:255] for stem in labels])
    return divide(folder, stems, pixels, rule)


def data_of(config: str) -> str:
    """Return the data set that the name of a leaf states.

    Raises:
        SourceError: If the name states none.
    """
    match = re.search(r"k_([a-z0-9-]+)-\d+x\d+\.py$", config)
    if match is None:
        raise SourceError(f"{config} is not a leaf of configs/: its name should end in k_DATA-HxW.py")
    return match.group(1)


def kfold_suite(
    config: str, data: str, lists: str, folds: int, unlabelled: str | None = None, **prefixes: str
) -> str:
    """Render a suite that trains a config on every fold; its table shows mean and deviation over them.

    Args:
        config: Path of the config, relative to the folder of the suite's configs.
        data: Name of the data set.
        lists: Folder of the folds, relative to the data root.
        folds: Number of folds; the seed of a run is the number of its fold.
        unlabelled: List of the unlabelled images of every fold, where the config has such a source.
        **prefixes: `img_path` and `seg_map_path` if those of the config do not serve all folds.
    """
    options = {}
    for loader, split in (("train", "train"), ("val", "val"), ("test", "val")):
        dataset = f"{loader}_dataloader.dataset"
        if loader == "train" and unlabelled:
            options[f"{dataset}.ann_files"] = [f"{lists}/{{seed}}/{split}.txt", unlabelled]
            continue
        options[f"{dataset}.ann_file"] = f"{lists}/{{seed}}/{split}.txt"
        options |= {f"{dataset}.data_prefix.{key}": folder for key, folder in prefixes.items()}
    suite = dict(
        title=f"{folds}-fold cross-validation of {Path(config).stem}",
        data=data,
        metrics=["mIoU", "mAcc", "aAcc"],
        seeds=list(range(folds)),
        note="Every seed is one fold.",
        models=[dict(config=glob.escape(config), options=options)],
    )
    return yaml.safe_dump(suite, sort_keys=False, width=110)
