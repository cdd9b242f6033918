"""Upstream's cascade encoder-decoder with `postprocess=[...]`."""

from mmseg.models.segmentors import CascadeEncoderDecoder
from mmseg.registry import MODELS

from .postprocess_mixin import PostprocessMixin

__all__ = ["PostprocessCascadeEncoderDecoder"]


@MODELS.register_module()
class PostprocessCascadeEncoderDecoder(PostprocessMixin, CascadeEncoderDecoder):
    """`CascadeEncoderDecoder` (OCRNet, PointRend) whose predictions pass through `postprocess=[...]`."""
