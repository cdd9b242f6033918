"""Upstream's encoder-decoder that never holds the logits of a whole image."""

from mmengine.structures import PixelData
from mmseg.models.decode_heads.decode_head import BaseDecodeHead
from mmseg.models.segmentors import EncoderDecoder
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from mmseg.utils import OptSampleList, SampleList
from torch import Tensor

from seg_plugins.ops.image_frame import strip_in_image_frame
from seg_plugins.ops.tiled_labels import resized, strip_of, tiled_labels

__all__ = ["TiledEncoderDecoder"]


@MODELS.register_module()
class TiledEncoderDecoder(EncoderDecoder):
    """`EncoderDecoder` that resizes logits and takes the argmax a few rows at a time.

    With 150 classes at 1024x2048 pixels, upstream holds 1.2 GB of logits, twice; this class holds the
    network's output and `tile` rows. The labels are the same. Samples get `pred_sem_seg` and
    `pred_confidence` (the probability of the label, which metrics and reports read) instead of `seg_logits`.
    Whatever needs all logits (test-time augmentation, post-processing) needs `EncoderDecoder`. The weights
    are those of `EncoderDecoder`:

        _base_ = "unet_tiny_1xb4-3k_camvid-144x192.py"
        model = dict(type="TiledEncoderDecoder")

    Sliding windows, and heads with a prediction of their own, use upstream's code.

    Args:
        tile: Rows of full-size logits held at once.
        kwargs: Those of `EncoderDecoder`.
    """

    def __init__(self, *args: object, tile: int = 16, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)
        if tile < 1:
            raise ValueError(f"tile must be at least 1 row, not {tile}")
        self.tile = tile

    def predict(self, inputs: Tensor, data_samples: OptSampleList = None) -> SampleList:
        """Predict labels and confidences.

        Args:
            inputs: (N, C, H, W) float, normalised.
            data_samples: Their meta information.

        Returns:
            Samples with `pred_sem_seg` (1, H, W) int64 and `pred_confidence` (1, H, W) float32 at original
            size.
        """
        head = type(self.decode_head)
        plain = (
            head.predict is BaseDecodeHead.predict and head.predict_by_feat is BaseDecodeHead.predict_by_feat
        )
        if self.test_cfg.get("mode", "whole") == "slide" or not plain:
            return super().predict(inputs, data_samples)
        size = tuple(inputs.shape[-2:])
        samples = data_samples or [SegDataSample(metainfo=dict(ori_shape=size)) for _ in inputs]
        logits = self.decode_head.forward(self.extract_feat(inputs))
        for sample, own in zip(samples, logits, strict=True):
            strip = strip_in_image_frame(resized(strip_of(own), size, self.align_corners), sample.metainfo)
            strip = resized(strip, tuple(sample.metainfo["ori_shape"][:2]), self.align_corners)
            threshold = getattr(self.decode_head, "threshold", None) or 0.5
            labels, confidence = tiled_labels(strip, self.tile, threshold)
            sample.pred_sem_seg = PixelData(data=labels)
            sample.pred_confidence = PixelData(data=confidence)
        return samples
