"""Magnetic tiles: surface defects."""

from typing import Any, ClassVar

from mmseg.registry import DATASETS

from .checked_seg_dataset import CheckedSegDataset

__all__ = ["MagneticTileDataset"]


@DATASETS.register_module()
class MagneticTileDataset(CheckedSegDataset):
    """Five kinds of defect on magnetic tiles, and the intact surface.

    Source: Huang et al., "Surface defect saliency of magnetic tile", The Visual Computer 36, 2020.
    """

    METAINFO: ClassVar[dict[str, Any]] = dict(
        classes=("background", "blowhole", "break", "crack", "fray", "uneven"),
        palette=[[40, 40, 40], [230, 60, 60], [240, 170, 40], [250, 240, 70], [70, 180, 240], [170, 90, 220]],
        thing_classes=("blowhole", "break", "crack", "fray", "uneven"),
    )
    prepared_by: ClassVar[str] = "magnetic-tile"
