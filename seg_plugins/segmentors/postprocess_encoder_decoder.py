"""Upstream's encoder-decoder with `postprocess=[...]`."""

from mmseg.models.segmentors import EncoderDecoder
from mmseg.registry import MODELS

from .postprocess_mixin import PostprocessMixin

__all__ = ["PostprocessEncoderDecoder"]


@MODELS.register_module()
class PostprocessEncoderDecoder(PostprocessMixin, EncoderDecoder):
    """`EncoderDecoder` whose predictions pass through `postprocess=[...]`.

    It has the weights of `EncoderDecoder`, so a checkpoint of one loads into the other. A leaf of three lines
    adds post-processing to a trained model:

        _base_ = "unet_tiny_1xb4-3k_camvid-144x192.py"
        model = dict(type="PostprocessEncoderDecoder", postprocess=[dict(type="DenseCRF")])
    """
