"""Segmentors."""

from .postprocess_cascade_encoder_decoder import PostprocessCascadeEncoderDecoder
from .postprocess_encoder_decoder import PostprocessEncoderDecoder

__all__ = ["PostprocessCascadeEncoderDecoder", "PostprocessEncoderDecoder"]
