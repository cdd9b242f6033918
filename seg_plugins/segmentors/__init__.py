"""Segmentors that upstream lacks."""

from .checked_pre_processor import CheckedPreProcessor
from .classical_segmentor import ClassicalSegmentor
from .fitted_encoder_decoder import FittedEncoderDecoder
from .mask_rcnn import MaskRCNN
from .multi_scale_encoder_decoder import MultiScaleEncoderDecoder
from .panoptic_encoder_decoder import PanopticEncoderDecoder
from .postprocess_cascade_encoder_decoder import PostprocessCascadeEncoderDecoder
from .postprocess_encoder_decoder import PostprocessEncoderDecoder
from .postprocess_tta_model import PostprocessTTAModel
from .tiled_encoder_decoder import TiledEncoderDecoder

__all__ = [
    "CheckedPreProcessor",
    "ClassicalSegmentor",
    "FittedEncoderDecoder",
    "MaskRCNN",
    "MultiScaleEncoderDecoder",
    "PanopticEncoderDecoder",
    "PostprocessCascadeEncoderDecoder",
    "PostprocessEncoderDecoder",
    "PostprocessTTAModel",
    "TiledEncoderDecoder",
]
