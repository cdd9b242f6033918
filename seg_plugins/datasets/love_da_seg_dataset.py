"""LoveDA: land cover of three cities from the air, 0.3 m per pixel."""

from typing import Any, ClassVar

from mmseg.datasets import LoveDADataset
from mmseg.registry import DATASETS

from .checked_seg_dataset import CheckedSegDataset

__all__ = ["LoveDASegDataset"]


@DATASETS.register_module()
class LoveDASegDataset(CheckedSegDataset):
    """The 7 classes of LoveDA; pixels without data are ignored.

    The prepared labels start at 0. The publisher's labels start at 1 and need `reduce_zero_label=True`.

    Source: Wang et al., "LoveDA: a remote sensing land-cover dataset for domain adaptive semantic
    segmentation", NeurIPS Datasets and Benchmarks 2021.
    """

    METAINFO: ClassVar[dict[str, Any]] = dict(
        classes=LoveDADataset.METAINFO["classes"],
        palette=LoveDADataset.METAINFO["palette"],
        thing_classes=("building",),
    )
    prepared_by: ClassVar[str] = "loveda"
