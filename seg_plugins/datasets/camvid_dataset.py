"""CamVid: video frames of Cambridge streets."""

from typing import Any, ClassVar

from mmseg.registry import DATASETS

from .checked_seg_dataset import CheckedSegDataset

__all__ = ["CamVidDataset"]


@DATASETS.register_module()
class CamVidDataset(CheckedSegDataset):
    """CamVid with the 11 classes and the split of the SegNet tutorial; void is ignored.

    Source: Brostow, Fauqueur and Cipolla, "Semantic object classes in video: a high-definition ground
    truth database", Pattern Recognition Letters 30(2), 2009.
    """

    METAINFO: ClassVar[dict[str, Any]] = dict(
        classes=(
            "Sky", "Building", "Pole", "Road", "Pavement", "Tree", "SignSymbol", "Fence", "Car",
            "Pedestrian", "Bicyclist",
        ),
        palette=[
            [128, 128, 128], [128, 0, 0], [192, 192, 128], [128, 64, 128], [60, 40, 222], [128, 128, 0],
            [192, 128, 128], [64, 64, 128], [64, 0, 128], [64, 64, 0], [0, 128, 192],
        ],
        thing_classes=("Car", "Pedestrian", "Bicyclist"),
    )  # fmt: skip
    prepared_by: ClassVar[str] = "camvid"
