"""PASCAL VOC 2012 with the additional labels of SBD."""

from typing import Any, ClassVar

from mmseg.datasets import PascalVOCDataset
from mmseg.registry import DATASETS

from .checked_seg_dataset import CheckedSegDataset

__all__ = ["VOC12AugSegDataset"]


@DATASETS.register_module()
class VOC12AugSegDataset(CheckedSegDataset):
    """The 20 object classes of PASCAL VOC 2012 and background.

    Sources: Everingham et al., "The PASCAL visual object classes (VOC) challenge", IJCV 88(2), 2010;
    Hariharan et al., "Semantic contours from inverse detectors", ICCV 2011.
    """

    METAINFO: ClassVar[dict[str, Any]] = dict(
        classes=PascalVOCDataset.METAINFO["classes"],
        palette=PascalVOCDataset.METAINFO["palette"],
        thing_classes=PascalVOCDataset.METAINFO["classes"][1:],
    )
    prepared_by: ClassVar[str] = "voc12aug"
