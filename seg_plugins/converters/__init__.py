"""Converters of public data sets, one module per data set, for `tools/prepare_dataset.py`."""

from . import (
    ade20k,
    camvid,
    cityscapes,
    drive,
    epfl_roads,
    human_matte,
    isbi_em,
    loveda,
    magnetic_tile,
    synth_streets,
    voc12aug,
)
from .converter import Converter

__all__ = ["CONVERTERS", "Converter"]

MODULES = (
    synth_streets,
    camvid,
    isbi_em,
    epfl_roads,
    magnetic_tile,
    human_matte,
    cityscapes,
    ade20k,
    voc12aug,
    loveda,
    drive,
)
CONVERTERS: dict[str, Converter] = {module.CONVERTER.name: module.CONVERTER for module in MODULES}
