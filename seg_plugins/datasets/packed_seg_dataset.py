"""A data set whose images and labels are read, already decoded, from a memory-mapped file."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from mmengine.dataset import Compose
from mmseg.registry import DATASETS

from .keyed_dataset import KeyedDataset
from .packing import LOADERS, build_source, current_pack, default_folder

__all__ = ["PackedSegDataset", "faster", "from_pack"]

VIEWERS = ("FusedResizeCrop",)  # transforms that neither keep nor change their input array


def fused(resize: dict[str, Any], crop: dict[str, Any]) -> dict[str, Any] | None:
    """Return one transform for `RandomResize` followed by `RandomCrop`, or None if there is none."""
    kinds = (resize["type"], crop["type"])
    known = {"type", "scale", "ratio_range", "keep_ratio"}
    if kinds != ("RandomResize", "RandomCrop") or not set(resize) <= known:
        return None
    return {**resize, **crop, "type": "FusedResizeCrop"}


def faster(pipeline: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Replace upstream's transforms by faster ones that draw the same numbers and give the same results.

    >>> [t["type"] for t in faster([dict(type="RandomFlip"), dict(type="PhotoMetricDistortion")])]
    ['RandomFlip', 'FastPhotoMetricDistortion']
    """
    result: list[dict[str, Any]] = []
    for transform in pipeline:
        one = fused(result[-1], transform) if result else None
        if one is not None:
            result[-1] = one
        elif transform["type"] == "PhotoMetricDistortion":
            result.append({**transform, "type": "FastPhotoMetricDistortion"})
        else:
            result.append(dict(transform))
    return result


def from_pack(pipeline: Sequence[dict[str, Any]], pack: Any) -> list[dict[str, Any]]:
    """Replace loading transforms by transforms that read the same data from a pack.

    Args:
        pipeline: Configs of transforms.
        pack: A `PackReader`.
    """
    others = [t["type"] for t in pipeline if t["type"] not in LOADERS]
    copy = not others or others[0] not in VIEWERS
    return [
        dict(type="LoadPacked", pack=pack, part=LOADERS[t["type"]], copy=copy) if t["type"] in LOADERS else t
        for t in pipeline
    ]


@DATASETS.register_module()
class PackedSegDataset(KeyedDataset):
    """Any data set of image and label files, read from the pack that `prepare_dataset.py pack` made of it.

    Workers and ranks share the pages of one file. The files of the data set must still exist: their names,
    sizes and times are compared with those at packing. Otherwise it behaves as the wrapped data set, in its
    order and in the output of its pipeline.

    In a config: `train_dataloader = dict(dataset=dict(_delete_=True, type="PackedSegDataset",
    dataset={{_base_.train_dataloader.dataset}}))`.

    Args:
        dataset: Config of the data set; its pipeline must have mmseg's loading transforms or ours.
        pack: Folder of the pack; by default `packed/<folder of images>` below the data root.
        fast: Whether to replace upstream's random resize, crop and photometric distortion by ours, which draw
            the same numbers.

    Raises:
        FileNotFoundError: If there is no pack; the message says how to make it.
        ValueError: If the data set has changed since it was packed.
    """

    def __init__(self, dataset: dict[str, Any], pack: str | None = None, fast: bool = True) -> None:
        pipeline = list(dataset.get("pipeline", ()))
        self.dataset = build_source(dataset)
        folder = Path(pack) if pack else default_folder(dataset)
        self.pack = current_pack(folder, dataset, self.dataset)
        self.dataset.pipeline = Compose(from_pack(faster(pipeline) if fast else pipeline, self.pack))
