"""Street scenes drawn by code: the data set that needs no download."""

from typing import Any, ClassVar

from mmseg.registry import DATASETS

from .camvid_dataset import CamVidDataset

__all__ = ["SynthStreetsDataset"]


@DATASETS.register_module()
class SynthStreetsDataset(CamVidDataset):
    """Scenes of `street_renderer.render_street` in CamVid's classes, with instance ids kept beside."""

    METAINFO: ClassVar[dict[str, Any]] = dict(CamVidDataset.METAINFO)
    prepared_by: ClassVar[str] = "synth-streets"
