"""Segmentation without a network, by regions, their features, and statistics of the training set."""

from typing import Any

import cv2
import numpy as np
import torch
from mmengine.dist import all_reduce
from mmengine.structures import PixelData
from mmseg.models.segmentors.base import BaseSegmentor
from mmseg.registry import MODELS, TASK_UTILS
from mmseg.structures import SegDataSample
from mmseg.utils import OptSampleList, SampleList
from torch import Tensor

from seg_plugins.classical.class_gaussians import ClassGaussians
from seg_plugins.classical.region_features import FEATURES, region_features, region_means
from seg_plugins.ops.image_frame import in_image_frame

from .postprocess_mixin import PostprocessMixin

__all__ = ["ClassicalSegmentor"]


@MODELS.register_module()
class ClassicalSegmentor(PostprocessMixin, BaseSegmentor):
    """Cut images into regions and classify each region by statistics of the training regions.

    `train_cfg = dict(type="FitLoop")` makes one pass over the training loader and saves the statistics as an
    ordinary checkpoint. Images must be in 0..255: set no mean and standard deviation in the data
    preprocessor.

    Args:
        num_classes: Number of classes K; labels of K and above are not counted.
        regions: Config of a region generator, such as `SlicRegions`.
        scale: Factor on the image's size before it is cut into regions.
        shrinkage: Shrinkage of the classes' covariances; see `ClassGaussians`.
        prior_weight: Exponent of the class frequencies; see `ClassGaussians`.
        data_preprocessor: As for other segmentors.
        init_cfg: As for other segmentors.
        postprocess: Steps applied to the predictions, such as `GrabCut`.
        pretrained: Accepted because upstream's `init_model` passes it to every segmentor; not used.
        train_cfg: Likewise.

    Raises:
        ValueError: `num_classes` or `scale` is out of range.
    """

    fit_is_saved = True
    align_corners = False
    resize_mode = "nearest"  # for resizing its scores: regions have no gradients between them

    def __init__(
        self,
        num_classes: int,
        regions: dict,
        scale: float = 1.0,
        shrinkage: float = 0.05,
        prior_weight: float = 0.5,
        data_preprocessor: dict | None = None,
        init_cfg: dict | None = None,
        postprocess: list[dict] | tuple[dict, ...] = (),
        pretrained: None = None,
        train_cfg: None = None,
    ) -> None:
        super().__init__(data_preprocessor=data_preprocessor, init_cfg=init_cfg, postprocess=postprocess)
        if num_classes < 2 or not 0 < scale <= 1:
            raise ValueError(f"num_classes={num_classes} must be 2 or more, and scale={scale} within 0..1")
        self.num_classes = num_classes
        self.regions = TASK_UTILS.build(regions)
        self.scale = scale
        self.classifier = ClassGaussians(num_classes, len(FEATURES), shrinkage, prior_weight)

    @property
    def is_fitted(self) -> bool:
        """Whether there are statistics for prediction."""
        return self.classifier.is_fitted and super().is_fitted

    def _describe(self, inputs: Tensor) -> tuple[np.ndarray, Tensor]:
        """Return regions (h, w) of an image (C, H, W) at working size, and their features (R, F) float64."""
        image = inputs.round().clamp(0, 255).byte().permute(1, 2, 0).cpu().numpy()
        image = np.repeat(image, 3, 2) if image.shape[2] == 1 else np.ascontiguousarray(image)
        if self.scale < 1:
            image = cv2.resize(image, None, fx=self.scale, fy=self.scale, interpolation=cv2.INTER_AREA)
        regions = self.regions(image)
        return regions, torch.from_numpy(region_features(image, regions))

    def fit_step(self, data: dict[str, Any]) -> dict[str, Tensor]:
        """Add a batch to the statistics.

        Args:
            data: `inputs` and `data_samples` with `gt_sem_seg`, as the loader gives them.

        Returns:
            The number of regions, for the log.
        """
        data = self.data_preprocessor(data, False)
        total = 0
        for inputs, sample in zip(data["inputs"], data["data_samples"], strict=True):
            regions, features = self._describe(inputs)
            labels = sample.gt_sem_seg.data[0].cpu().numpy().astype(np.int32)
            h, w = regions.shape
            labels = cv2.resize(labels, (w, h), interpolation=cv2.INTER_NEAREST)
            shares = region_means(labels[..., None] == np.arange(self.num_classes), regions)
            sizes = np.bincount(regions.ravel())[:, None] / regions.size
            device = self.classifier.weight.device
            self.classifier.add(features.to(device), torch.from_numpy(shares * sizes).to(device))
            total += len(features)
        return dict(regions=torch.tensor(float(total)))

    def fit_end(self) -> dict[str, float]:
        """Add the statistics of all processes."""
        for buffer in self.classifier.buffers():
            all_reduce(buffer)
        return dict(images=float(self.classifier.weight.sum()))

    def extract_feat(self, inputs: Tensor) -> list[tuple[np.ndarray, Tensor]]:
        """Compute regions and their features for each image of (N, C, H, W) float in 0..255."""
        return [self._describe(image) for image in inputs]

    def encode_decode(self, inputs: Tensor, batch_data_samples: OptSampleList = None) -> Tensor:
        """Compute log-probabilities (N, K, H, W) float32 at the size of the inputs."""
        size = tuple(inputs.shape[-2:])
        maps = []
        for regions, features in self.extract_feat(inputs):
            scores = self.classifier(features.to(self.classifier.weight.device)).float()
            full = cv2.resize(regions, size[::-1], interpolation=cv2.INTER_NEAREST)
            maps.append(scores.T[:, torch.from_numpy(full).long().to(scores.device)])
        return torch.stack(maps)

    def loss(self, inputs: Tensor, data_samples: SampleList) -> dict:
        """Refuse to compute a loss, which this segmentor does not have.

        Raises:
            ValueError: Always; the message names the loop to use.
        """
        raise ValueError('ClassicalSegmentor has no loss: train it with train_cfg = dict(type="FitLoop")')

    def predict_raw(self, inputs: Tensor, data_samples: OptSampleList = None) -> SampleList:
        """Predict at the size of the original images, before post-processing.

        Args:
            inputs: (N, C, H, W) float in 0..255.
            data_samples: Meta information.

        Returns:
            Samples with `seg_logits` (K, H, W) log-probabilities and `pred_sem_seg` (1, H, W) int64.
        """
        samples = [SegDataSample() for _ in inputs] if data_samples is None else data_samples
        for scores, sample in zip(self.encode_decode(inputs), samples, strict=True):
            scores = in_image_frame(scores, sample.metainfo)
            size = tuple(sample.metainfo.get("ori_shape", scores.shape[1:]))[:2]
            scores = torch.nn.functional.interpolate(scores[None], size=size, mode=self.resize_mode)[0]
            sample.seg_logits = PixelData(data=scores)
            sample.pred_sem_seg = PixelData(data=scores.argmax(0, keepdim=True))
        return samples

    def _forward(self, inputs: Tensor, data_samples: OptSampleList = None) -> Tensor:
        return self.encode_decode(inputs)
