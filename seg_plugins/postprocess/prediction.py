"""Input and output of post-processing steps, and their base class."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np
from mmengine.registry import Registry
from mmseg.registry import MODELS
from torch import Tensor, nn

__all__ = ["BatchPrediction", "PostprocessStep", "build_steps"]


@dataclass(frozen=True)
class BatchPrediction:
    """A batch of predictions at the size of the original images.

    Attributes:
        logits: (N, K, H, W) float32, K >= 2 class scores.
        labels: (N, H, W) int64 class ids, or an ignored id.
        image: (N, C, H, W) float32 intensities in 0..255.
    """

    logits: Tensor
    labels: Tensor
    image: Tensor

    def with_logits(self, logits: Tensor) -> "BatchPrediction":
        """Return the same images with new scores and the labels derived from them."""
        return replace(self, logits=logits, labels=logits.argmax(1))

    def with_labels(self, labels: Tensor) -> "BatchPrediction":
        """Return the same images and scores with new labels."""
        return replace(self, labels=labels)

    def photos(self) -> list[np.ndarray]:
        """Return the images as (H, W, 3) uint8 each; grey ones get three equal channels."""
        images = self.image.round().byte().permute(0, 2, 3, 1).cpu().numpy()
        return [np.repeat(x, 3, axis=2) if x.shape[2] == 1 else x for x in images]

    def check_classes(self, step: str, ids: Iterable[int]) -> None:
        """Refuse class ids that the model does not have.

        Args:
            step: Name of the step, for the message.
            ids: Class ids.

        Raises:
            ValueError: One is not in 0..K-1.
        """
        count = self.logits.shape[1]
        if wrong := [i for i in ids if not 0 <= i < count]:
            raise ValueError(f"{step}: there is no class {wrong[0]}, the model has 0 to {count - 1}")


class PostprocessStep(nn.Module):
    """One entry of `postprocess=[...]`: a module that maps a `BatchPrediction` to the next one.

    A step that changes scores also derives new labels, so list steps on scores before steps on labels.
    """

    def forward(self, prediction: BatchPrediction) -> BatchPrediction:
        """Process one batch."""
        raise NotImplementedError


def build_steps(configs: list[dict], registry: Registry = MODELS) -> nn.ModuleList:
    """Build the steps of `postprocess=[...]`.

    Raises:
        ValueError: An entry is not a post-processing step.
    """
    steps = [registry.build(config) for config in configs]
    for config, step in zip(configs, steps, strict=True):
        if not isinstance(step, PostprocessStep):
            raise ValueError(f"postprocess: {config['type']} is not a post-processing step")
    return nn.ModuleList(steps)
