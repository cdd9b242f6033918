"""Synthetic street scenes: the data set that needs no download."""

from typing import Any, ClassVar

from mmseg.registry import DATASETS

from .camvid_dataset import CamVidDataset

__all__ = ["SynthStreetsDataset"]


@DATASETS.register_module()
class SynthStreetsDataset(CamVidDataset):
    """Scenes of `street_renderer.render_street` with CamVid's classes; instance ids are stored beside."""

    METAINFO: ClassVar[dict[str, Any]] = dict(CamVidDataset.METAINFO)
    prepared_by: ClassVar[str] = "synth-streets"
