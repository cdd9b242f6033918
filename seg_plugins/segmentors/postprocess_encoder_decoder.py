"""Upstream's encoder-decoder with `postprocess=[...]`."""

from mmseg.models.segmentors import EncoderDecoder
from mmseg.registry import MODELS

from .postprocess_mixin import PostprocessMixin

__all__ = ["PostprocessEncoderDecoder"]


@MODELS.register_module()
class PostprocessEncoderDecoder(PostprocessMixin, EncoderDecoder):
    """`EncoderDecoder` whose predictions pass through `postprocess=[...]`.

    Its weights are those of `EncoderDecoder`: a checkpoint of one loads into the other, so post-processing is
    added to a trained model by a leaf of three lines over its config:

        _base_ = "unet_tiny_1xb4-3k_camvid-144x192.py"
        model = dict(type="PostprocessEncoderDecoder", postprocess=[dict(type="DenseCRF")])
    """
