"""Support for `postprocess=[...]` in any segmentor: steps between the network and the metric."""

from collections import defaultdict
from collections.abc import Iterator
from typing import Any

import torch
from mmengine.structures import PixelData
from mmseg.structures import SegDataSample
from mmseg.utils import OptSampleList, SampleList
from torch import Tensor
from torch.nn.functional import interpolate

from seg_plugins.ops.finite_scores import check_finite
from seg_plugins.ops.image_frame import in_image_frame
from seg_plugins.ops.intensities import as_intensities
from seg_plugins.ops.two_classes import two_class_scores
from seg_plugins.postprocess.prediction import BatchPrediction, build_steps

__all__ = ["PostprocessMixin", "original_image"]


def original_image(inputs: Tensor, sample: SegDataSample, preprocessor: torch.nn.Module) -> Tensor:
    """Restore the image that the network saw to intensities and to its original size.

    Args:
        inputs: (C, H, W) float, from the data preprocessor: normalised, padded, resized, perhaps flipped.
        sample: Its meta information (`padding_size`, `flip`, `ori_shape`).
        preprocessor: The data preprocessor, for its mean and standard deviation.

    Returns:
        (C, H_ori, W_ori) float32 in 0..255: the numbers of an 8-bit file; otherwise these numbers scaled by
        the mean and standard deviation of the training images (`intensity_range`).
    """
    image, mean, std = inputs.float(), (), ()
    if getattr(preprocessor, "_enable_normalize", False):
        image = image * preprocessor.std.view(-1, 1, 1) + preprocessor.mean.view(-1, 1, 1)
        mean, std = torch.stack([preprocessor.mean.flatten(), preprocessor.std.flatten()]).tolist()
    image = in_image_frame(image, sample.metainfo)
    size = tuple(sample.metainfo.get("ori_shape", image.shape[1:]))[:2]
    if size != tuple(image.shape[1:]):
        image = interpolate(image[None], size=size, mode="bilinear", align_corners=False)[0]
    return as_intensities(image, mean, std)


class PostprocessMixin:
    """Add `postprocess=[...]` to a segmentor; list this class before the segmentor class.

    The steps run in order at prediction and test, in upstream's tools and in ours, on predictions at the size
    of the original image. Images of one size are processed as one batch. The samples' `seg_logits` and
    `pred_sem_seg` are both replaced.

    Args:
        postprocess: Configs of `PostprocessStep` classes.

    Example:
        >>> from mmseg.models import EncoderDecoder
        >>> class MySegmentor(PostprocessMixin, EncoderDecoder):
        ...     pass
    """

    fit_is_saved = False

    def __init__(self, *args: Any, postprocess: list[dict] | tuple[dict, ...] = (), **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.postprocess = build_steps(list(postprocess))

    def predict(self, inputs: Tensor, data_samples: OptSampleList = None) -> SampleList:
        """Predict as upstream does, then apply the steps.

        Args:
            inputs: (N, C, H, W) float, normalised.
            data_samples: Their meta information.

        Returns:
            Samples with `seg_logits` (K, H, W) float and `pred_sem_seg` (1, H, W) int64.
        """
        return self.run_postprocess(inputs, self.predict_raw(inputs, data_samples))

    def predict_raw(self, inputs: Tensor, data_samples: OptSampleList = None) -> SampleList:
        """Predict with the arguments and results of `predict`, but without the steps."""
        return super().predict(inputs, data_samples)

    @torch.no_grad()
    def run_postprocess(self, inputs: Tensor | list[Tensor], samples: SampleList) -> SampleList:
        """Apply the steps to samples with raw predictions; `inputs` as for `predict`, or a list.

        Raises:
            ValueError: The scores of an image are not finite.
        """
        if not len(self.postprocess):
            return samples
        for numbers, prediction in self._predictions(inputs, samples):
            for step in self.postprocess:
                prediction = step(prediction)
            for row, i in enumerate(numbers):
                samples[i].seg_logits = PixelData(data=prediction.logits[row])
                samples[i].pred_sem_seg = PixelData(data=prediction.labels[row][None])
        return samples

    def fit_step(self, data: dict[str, Any]) -> dict[str, Tensor]:
        """Collect one batch of `FitLoop` for the first step that needs fitting.

        Args:
            data: `inputs` and `data_samples` with `gt_sem_seg`, as the loader gives them.

        Returns:
            An empty dictionary: there is nothing to log.

        Raises:
            ValueError: No step needs fitting.
        """
        data = self.data_preprocessor(data, False)
        samples = self.predict_raw(data["inputs"], data["data_samples"])
        chosen = self._step_to_fit()
        for numbers, prediction in self._predictions(data["inputs"], samples):
            for step in self.postprocess[:chosen]:
                prediction = step(prediction)
            truth = torch.stack([samples[i].gt_sem_seg.data[0].long() for i in numbers])
            self.postprocess[chosen].fit_batch(prediction, truth)
        return {}

    def fit_end(self) -> dict[str, float]:
        """Fit the step to the collected batches; return the result, for the log."""
        return self.postprocess[self._step_to_fit()].fit_end()

    @property
    def is_fitted(self) -> bool:
        """Whether every step can run."""
        return all(getattr(step, "is_fitted", True) for step in self.postprocess)

    def _step_to_fit(self) -> int:
        for number, step in enumerate(self.postprocess):
            if getattr(step, "fits", False):
                return number
        raise ValueError(
            "FitLoop: postprocess has no step to fit, such as TemperatureScaling without a temperature"
        )

    def _predictions(
        self, inputs: Tensor | list[Tensor], samples: SampleList
    ) -> Iterator[tuple[list[int], BatchPrediction]]:
        """Yield groups of samples of one size: their indices, and their raw predictions as a batch."""
        by_size = defaultdict(list)
        for number, sample in enumerate(samples):
            by_size[tuple(sample.pred_sem_seg.data.shape)].append(number)
        for numbers in by_size.values():
            logits = [samples[i].seg_logits.data.float() for i in numbers]
            for i, scores in zip(numbers, logits, strict=True):
                check_finite(scores, samples[i].metainfo.get("img_path", "an image"))
            logits = torch.stack([two_class_scores(x) for x in logits])
            labels = torch.stack([samples[i].pred_sem_seg.data[0].long() for i in numbers])
            images = [original_image(inputs[i], samples[i], self.data_preprocessor) for i in numbers]
            yield numbers, BatchPrediction(logits, labels, torch.stack(images))
