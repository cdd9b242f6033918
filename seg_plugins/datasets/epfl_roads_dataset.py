"""EPFL road segmentation: roads in satellite images."""

from typing import Any, ClassVar

from mmseg.registry import DATASETS

from .checked_seg_dataset import CheckedSegDataset

__all__ = ["EPFLRoadsDataset"]


@DATASETS.register_module()
class EPFLRoadsDataset(CheckedSegDataset):
    """Roads in satellite images of 400x400 pixels.

    Source: EPFL, course CS-433 Machine Learning, project "Road segmentation".
    """

    METAINFO: ClassVar[dict[str, Any]] = dict(
        classes=("background", "road"),
        palette=[[60, 60, 60], [240, 200, 40]],
        thing_classes=("road",),
    )
    prepared_by: ClassVar[str] = "epfl-roads"
