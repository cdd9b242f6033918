"""Test-time augmentation that keeps post-processing and the merged scores."""

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
    """Return how much a view differs from the original: mirrored or not, then the logarithm of its scale."""
    meta = sample.metainfo
    scale = meta["img_shape"][0] / meta["ori_shape"][0]
    return bool(meta.get("flip")), abs(math.log(scale))


class ViewSum:
    """Sum over the views of one image, in the memory of one view's scores."""

    def __init__(self) -> None:
        self.total: Tensor | None = None
        self.count = 0
        self.nearest: tuple[SegDataSample, Tensor | None] | None = None
        self.distance = (True, math.inf)

    def add(self, sample: SegDataSample, image: Tensor | None = None) -> None:
        """Add a raw prediction; its scores are removed from it and overwritten.

        Args:
            sample: With `seg_logits` (K, H, W).
            image: (C, H, W) input of the network, kept for the view nearest to the original.
        """
        scores = take_probability(sample)
        self.total = scores if self.total is None else self.total.add_(scores)
        self.count += 1
        distance = distance_from_original(sample)
        if self.nearest is None or distance < self.distance:
            self.nearest, self.distance = (sample, image), distance

    def merged(self, threshold: float | None) -> SegDataSample:
        """Return the sample of the nearest view with merged scores and labels.

        Args:
            threshold: Foreground threshold for one channel; None for several.
        """
        mean, sample = self.total.div_(self.count), self.nearest[0]
        if len(mean) == 1:
            labels = (mean > threshold).long()
        else:
            labels, mean = mean.argmax(0, keepdim=True), mean.clamp_min_(1e-12).log_()
        sample.seg_logits = PixelData(data=mean)
        sample.pred_sem_seg = PixelData(data=labels)
        sample.pop("pred_panoptic_seg", None)  # of one view: it need not agree with the labels
        return sample


@MODELS.register_module()
class PostprocessTTAModel(BaseTTAModel):
    """Average the probability over the views, then apply the model's `postprocess=[...]` once.

    Upstream's `SegTTAModel` post-processes every view and then takes new labels from the scores, which undoes
    steps on labels. It leaves the last view's scores in the sample, and it applies the sigmoid of one-channel
    heads twice, so that everything is foreground. This class adds up the views one at a time, so at most two
    views' scores are held. The steps see the unmirrored view nearest to the original size, whose sample is
    returned.

    Args:
        module: The segmentor or its config.
        data_preprocessor: Replaces the segmentor's own.
    """

    merges_mean_probability = True  # so that an image in parts may be added up in another way

    def merge_preds(self, data_samples_list: list[SampleList]) -> SampleList:
        """Merge the views of each image; their raw `seg_logits` (K, H, W) are overwritten.

        Returns:
            One sample per image: `seg_logits` (K, H, W), the logarithm of the mean probability (for K = 1 the
            mean probability itself, as upstream's segmentors leave it), and `pred_sem_seg` (1, H, W) int64.
        """
        merged = []
        for views in data_samples_list:
            views_sum = ViewSum()
            for view in views:
                views_sum.add(view)
            merged.append(views_sum.merged(self.threshold))
        return merged

    @property
    def threshold(self) -> float | None:
        """Foreground threshold if the segmentor has one channel, else None."""
        return getattr(getattr(self.module, "decode_head", None), "threshold", None)

    @torch.no_grad()
    def test_step(self, data: dict[str, Any]) -> SampleList:
        """Predict every view of a batch, merge the views, and post-process.

        Args:
            data: `inputs` and `data_samples`, one batch per view.

        Raises:
            ValueError: The segmentor leaves no scores to merge.
        """
        steps = getattr(self.module, "postprocess", ())
        images = [ViewSum() for _ in data["inputs"][0]]
        for number in range(len(data["inputs"])):
            self._add_view({key: value[number] for key, value in data.items()}, images, keep=bool(steps))
        merged = [image.merged(self.threshold) for image in images]
        return (
            self.module.run_postprocess([image.nearest[1] for image in images], merged) if steps else merged
        )

    def _add_view(self, view: dict[str, Any], images: list[ViewSum], keep: bool) -> None:
        """Predict one view of a batch; everything but the sums is freed when this call ends."""
        predict = getattr(self.module, "predict_raw", self.module.predict)
        batch = self.module.data_preprocessor(view, False)
        samples = predict(batch["inputs"], batch["data_samples"])
        for image, sample, seen in zip(images, samples, batch["inputs"], strict=True):
            image.add(sample, seen if keep else None)


def take_probability(sample: SegDataSample) -> Tensor:
    """Turn the scores of a raw prediction into probabilities (K, H, W) float32, in place."""
    if "seg_logits" not in sample:
        raise ValueError("tta: this segmentor leaves no seg_logits to merge: set model.type='EncoderDecoder'")
    scores = sample.seg_logits.data.float()
    del sample.seg_logits
    if len(scores) > 1:
        scores.sub_(scores.amax(0)).exp_()
        scores.div_(scores.sum(0))
    return scores
