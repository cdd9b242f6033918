"""DRIVE: blood vessels of the retina."""

from typing import Any, ClassVar

from mmseg.datasets import DRIVEDataset
from mmseg.registry import DATASETS

from .checked_seg_dataset import CheckedSegDataset

__all__ = ["DriveSegDataset"]


@DATASETS.register_module()
class DriveSegDataset(CheckedSegDataset):
    """Vessels on 40 photographs of the retina.

    Source: Staal et al., "Ridge-based vessel segmentation in color images of the retina", IEEE
    Transactions on Medical Imaging 23(4), 2004.
    """

    METAINFO: ClassVar[dict[str, Any]] = dict(
        classes=DRIVEDataset.METAINFO["classes"],
        palette=DRIVEDataset.METAINFO["palette"],
        thing_classes=("vessel",),
    )
    prepared_by: ClassVar[str] = "drive"
