"""`test.py --out`: predicted class maps of all test images."""

import os.path as osp
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.structures import BaseDataElement
from mmseg.registry import HOOKS
from torch.utils.data import Dataset

from seg_plugins.files.label_maps import no_data_id, result_names, write_label_map
from seg_plugins.files.no_data import without_data

__all__ = ["LabelMapHook", "names_of_images"]


def names_of_images(dataset: Dataset) -> dict[str, str]:
    """Return the result name of each image by its path: its path below the image folder, without suffix.

    Args:
        dataset: A data set of upstream's kind, or a concatenation; for other kinds the result is empty.
    """
    images: dict[str, str] = {}
    for part in getattr(dataset, "datasets", [dataset]):
        if not hasattr(part, "get_data_info"):
            continue
        paths = [part.get_data_info(i)["img_path"] for i in range(len(part))]
        folder = (getattr(part, "data_prefix", None) or {}).get("img_path") or ""
        for path in paths:
            inside = osp.relpath(path, folder) if folder else path
            images[path] = osp.basename(path) if inside.startswith("..") or osp.isabs(inside) else inside
    return dict(zip(images, result_names(map(Path, images.values())), strict=True))


def keep_missing(pipeline: Any) -> None:
    """Make the packing transforms of a pipeline pass on the missing values that `LoadSegImage` found."""
    if "missing" not in (keys := getattr(pipeline, "meta_keys", ("missing",))):
        pipeline.meta_keys = (*keys, "missing")
    for inner in (*getattr(pipeline, "transforms", ()), *getattr(pipeline, "subroutines", ())):
        keep_missing(inner)


@HOOKS.register_module()
class LabelMapHook(Hook):
    """Write the predicted class map of every test image as PNG, at its path below the image folder.

    The ids are those of predict.py: the index of a class in the data set's `classes`, from 0, and 255 where
    the image has no data (65535 for more than 255 classes, whose maps have 16 bits). For label files that
    count from 1 (`reduce_zero_label`), as some servers require, use the metric's `output_dir`.

    Args:
        out_dir: Folder for the maps.
    """

    def __init__(self, out_dir: str) -> None:
        self.out_dir = Path(out_dir)
        self.names: dict[str, str] = {}
        self.num_classes = 0

    def before_test(self, runner: Runner) -> None:
        """Determine the file names of all maps."""
        dataset = runner.test_dataloader.dataset
        self.names = names_of_images(dataset)
        self.num_classes = len(getattr(dataset, "metainfo", {}).get("classes") or ())
        for part in getattr(dataset, "datasets", [dataset]):
            keep_missing(getattr(part, "pipeline", None))

    def after_test_iter(
        self, runner: Runner, batch_idx: int, data_batch: Any = None, outputs: Sequence | None = None
    ) -> None:
        """Write the maps of a batch.

        Raises:
            ValueError: The model predicts no class maps.
        """
        for sample in () if outputs is None else outputs:
            if not isinstance(sample, BaseDataElement) or "pred_sem_seg" not in sample:
                raise ValueError("--out: the model predicts no class maps (pred_sem_seg): leave it out")
            labels = sample.pred_sem_seg.data.squeeze(0).cpu().numpy()
            if (missing := without_data(sample.get("missing"))) is not None:
                labels = np.where(missing, no_data_id(self.num_classes), labels)
            name = self.names.get(sample.img_path, Path(sample.img_path).stem)
            write_label_map(self.out_dir / f"{name}.png", labels, self.num_classes)
