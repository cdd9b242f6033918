"""`test.py --out`: the predicted class map of every test image."""

import os.path as osp
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.hooks import Hook
from mmengine.runner import Runner
from mmengine.structures import BaseDataElement
from mmseg.registry import HOOKS
from torch.utils.data import Dataset

from seg_plugins.files.label_maps import result_names, write_label_map

__all__ = ["LabelMapHook", "names_of_images"]


def names_of_images(dataset: Dataset) -> dict[str, str]:
    """The name of each image's results, by its path: its place below the folder of images, without suffix.

    Args:
        dataset: A data set of upstream's kind, or several one after another; of other kinds nothing is known.
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


@HOOKS.register_module()
class LabelMapHook(Hook):
    """Write the predicted class map of every test image as PNG, by its place below the folder of images.

    The ids are those of the data set's label files (counted from 1 where `reduce_zero_label`), in 16 bits
    where the classes need them.

    Args:
        out_dir: Folder for the maps.
    """

    def __init__(self, out_dir: str) -> None:
        self.out_dir = Path(out_dir)
        self.names: dict[str, str] = {}
        self.num_classes = 0

    def before_test(self, runner: Runner) -> None:
        """Name the maps of all images."""
        dataset = runner.test_dataloader.dataset
        self.names = names_of_images(dataset)
        self.num_classes = len(getattr(dataset, "metainfo", {}).get("classes") or ())

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
            write_label_map(
                self.out_dir / f"{self.names.get(sample.img_path, Path(sample.img_path).stem)}.png",
                sample.pred_sem_seg.data.squeeze(0).cpu().numpy(),
                self.num_classes,
                bool(sample.get("reduce_zero_label", False)),
            )
