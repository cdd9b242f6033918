"""Makes public data sets ready for training: one module per data set, used by `tools/prepare_dataset.py`."""

from . import camvid, synth_streets
from .converter import Converter

__all__ = ["CONVERTERS", "Converter"]

CONVERTERS: dict[str, Converter] = {
    module.CONVERTER.name: module.CONVERTER for module in (camvid, synth_streets)
}
