"""Cityscapes: streets of fifty cities, finely annotated."""

from typing import Any, ClassVar

from mmseg.datasets import CityscapesDataset
from mmseg.registry import DATASETS

from .checked_seg_dataset import CheckedSegDataset

__all__ = ["CityscapesSegDataset"]


@DATASETS.register_module()
class CityscapesSegDataset(CheckedSegDataset):
    """The 19 evaluated classes of Cityscapes, 8 of which are things.

    Source: Cordts et al., "The Cityscapes dataset for semantic urban scene understanding", CVPR 2016.
    """

    METAINFO: ClassVar[dict[str, Any]] = dict(
        classes=CityscapesDataset.METAINFO["classes"],
        palette=CityscapesDataset.METAINFO["palette"],
        thing_classes=CityscapesDataset.METAINFO["classes"][11:],
    )
    prepared_by: ClassVar[str] = "cityscapes"
