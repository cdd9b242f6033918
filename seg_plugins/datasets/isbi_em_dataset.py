"""ISBI 2012: cell membranes in electron microscopy."""

from typing import Any, ClassVar

from mmseg.registry import DATASETS

from .checked_seg_dataset import CheckedSegDataset

__all__ = ["ISBIEMDataset"]


@DATASETS.register_module()
class ISBIEMDataset(CheckedSegDataset):
    """Slices of a fruit fly's nerve cord, with the classes membrane and cell.

    Source: Arganda-Carreras et al., "Crowdsourcing the creation of image segmentation algorithms for
    connectomics", Frontiers in Neuroanatomy 9, 2015.
    """

    METAINFO: ClassVar[dict[str, Any]] = dict(
        classes=("membrane", "cell"),
        palette=[[20, 20, 20], [90, 200, 160]],
        thing_classes=("cell",),
    )
    prepared_by: ClassVar[str] = "isbi-em"
