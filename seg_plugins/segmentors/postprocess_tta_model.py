"""Test-time augmentation that keeps post-processing, and the merged scores."""

import math
from typing import Any

import torch
from mmengine.model import BaseTTAModel
from mmengine.structures import PixelData
from mmseg.registry import MODELS
from mmseg.structures import SegDataSample
from mmseg.utils import SampleList
from torch import Tensor

__all__ = ["PostprocessTTAModel"]


def distance_from_original(sample: SegDataSample) -> tuple[bool, float]:
    """How unlike the original image a view is: mirrored or not, then the logarithm of its scale."""
    meta = sample.metainfo
    scale = meta["img_shape"][0] / meta["ori_shape"][0]
    return bool(meta.get("flip")), abs(math.log(scale))


@MODELS.register_module()
class PostprocessTTAModel(BaseTTAModel):
    """Mean probability over the views, then the model's `postprocess=[...]`, once.

    Upstream's `SegTTAModel` has every view post-processed and then takes new labels from the scores, which
    loses steps on labels; it leaves the last view's scores in the sample; and it takes the sigmoid of
    one-channel heads twice, so that everything is foreground. Here the views are added up one at a time, and
    the steps see the unmirrored view nearest to the original size, whose sample is returned.

    Args:
        module: The segmentor or its config.
        data_preprocessor: Replaces the segmentor's own.
    """

    merges_mean_probability = True  # which may be added up in another way, for an image in parts

    def merge_preds(self, data_samples_list: list[SampleList]) -> SampleList:
        """Merge the views of each image; the samples hold raw `seg_logits` (K, H, W), as upstream's.

        Returns:
            One sample for each image: `seg_logits` (K, H, W) logarithm of the mean probability (for K = 1
            the mean probability itself, as upstream's segmentors leave it), `pred_sem_seg` (1, H, W) int64.
        """
        return [self.merge_views(list(views)) for views in data_samples_list]

    def merge_views(self, views: SampleList) -> SegDataSample:
        """One image's merged sample."""
        mean = sum(probability(view) for view in views) / len(views)
        sample = min(views, key=distance_from_original)
        if len(mean) == 1:
            labels = (mean > self.module.decode_head.threshold).long()
        else:
            labels, mean = mean.argmax(0, keepdim=True), mean.clamp_min(1e-12).log()
        sample.seg_logits = PixelData(data=mean)
        sample.pred_sem_seg = PixelData(data=labels)
        return sample

    @torch.no_grad()
    def test_step(self, data: dict[str, Any]) -> SampleList:
        """Predict every view of a batch, merge, post-process.

        Args:
            data: `inputs` and `data_samples`, for each view a batch.

        Raises:
            ValueError: The segmentor leaves no scores to merge.
        """
        predict = getattr(self.module, "predict_raw", self.module.predict)
        inputs: list[Tensor] = []
        samples: list[SampleList] = []
        for number in range(len(data["inputs"])):
            view = {key: value[number] for key, value in data.items()}
            batch = self.module.data_preprocessor(view, False)
            inputs.append(batch["inputs"])
            samples.append(predict(batch["inputs"], batch["data_samples"]))
        merged = self.merge_preds(list(zip(*samples, strict=True)))
        if not getattr(self.module, "postprocess", ()):
            return merged
        seen = [
            inputs[next(n for n, view in enumerate(samples) if view[i] is sample)][i]
            for i, sample in enumerate(merged)
        ]
        return self.module.run_postprocess(seen, merged)


def probability(sample: SegDataSample) -> Tensor:
    """(K, H, W) float32 probabilities of a raw prediction."""
    if "seg_logits" not in sample:
        raise ValueError("tta: this segmentor leaves no seg_logits to merge: set model.type='EncoderDecoder'")
    scores = sample.seg_logits.data.float()
    return scores.softmax(0) if len(scores) > 1 else scores
