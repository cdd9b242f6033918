"""People and background."""

from typing import Any, ClassVar

from mmseg.registry import DATASETS

from .checked_seg_dataset import CheckedSegDataset

__all__ = ["HumanMatteDataset"]


@DATASETS.register_module()
class HumanMatteDataset(CheckedSegDataset):
    """Photos of people with the classes person and background, for background removal."""

    METAINFO: ClassVar[dict[str, Any]] = dict(
        classes=("background", "person"),
        palette=[[30, 30, 30], [220, 80, 120]],
        thing_classes=("person",),
    )
    prepared_by: ClassVar[str] = "human-matte"
