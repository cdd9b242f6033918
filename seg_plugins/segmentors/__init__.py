"""Segmentors that upstream does not have."""

from .classical_segmentor import ClassicalSegmentor
from .mask_rcnn import MaskRCNN
from .postprocess_cascade_encoder_decoder import PostprocessCascadeEncoderDecoder
from .postprocess_encoder_decoder import PostprocessEncoderDecoder
from .tiled_encoder_decoder import TiledEncoderDecoder

__all__ = [
    "ClassicalSegmentor",
    "MaskRCNN",
    "PostprocessCascadeEncoderDecoder",
    "PostprocessEncoderDecoder",
    "TiledEncoderDecoder",
]
