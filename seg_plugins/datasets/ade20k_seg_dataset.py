"""ADE20K: scenes of all kinds, 150 classes."""

from typing import Any, ClassVar

from mmseg.datasets import ADE20KDataset
from mmseg.registry import DATASETS

from .checked_seg_dataset import CheckedSegDataset

__all__ = ["ADE20KSegDataset"]

CLASSES = tuple(name.strip() for name in ADE20KDataset.METAINFO["classes"])
STUFF = {
    0, 1, 2, 3, 4, 5, 6, 9, 11, 13, 16, 17, 21, 25, 26, 28, 29, 34, 40, 46, 48, 51, 52, 54, 59, 60, 61,
    63, 68, 77, 79, 84, 91, 94, 96, 99, 100, 101, 105, 106, 109, 113, 114, 117, 122, 128, 131, 140, 141,
    145,
}  # fmt: skip


@DATASETS.register_module()
class ADE20KSegDataset(CheckedSegDataset):
    """The 150 classes of the scene parsing benchmark, 100 of which are things.

    The prepared labels start at 0. The publisher's labels start at 1 and need `reduce_zero_label=True`.

    Source: Zhou et al., "Scene parsing through ADE20K dataset", CVPR 2017; which classes are things:
    the panoptic annotations of the same authors.
    """

    METAINFO: ClassVar[dict[str, Any]] = dict(
        classes=CLASSES,
        palette=ADE20KDataset.METAINFO["palette"],
        thing_classes=tuple(name for i, name in enumerate(CLASSES) if i not in STUFF),
    )
    prepared_by: ClassVar[str] = "ade20k"
