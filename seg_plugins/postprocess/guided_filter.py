"""Edge-aware smoothing of class probabilities by the guided filter."""

import torch
from mmseg.registry import MODELS
from torch import Tensor
from torch.nn.functional import avg_pool2d

from .prediction import BatchPrediction, PostprocessStep

__all__ = ["GuidedFilter", "guided_filter"]


def _window_mean(values: Tensor, radius: int) -> Tensor:
    """Average (N, C, H, W) over the (2 r + 1)-sided window, clipped at the border."""
    return avg_pool2d(values, 2 * radius + 1, 1, radius, count_include_pad=False)


def guided_filter(values: Tensor, guide: Tensor, radius: int, epsilon: float) -> Tensor:
    """Smooth values so that their edges follow those of the guide.

    Source: He, Sun and Tang, Guided Image Filtering, ECCV 2010, equations 5, 6 and 8.

    Args:
        values: (N, K, H, W) floating point.
        guide: (N, 1, H, W) floating point, usually in 0..1.
        radius: Radius of the window, in pixels.
        epsilon: Variance of the guide, in its units squared, below which a window counts as flat.

    Returns:
        (N, K, H, W).
    """
    mean_guide, mean_values = _window_mean(guide, radius), _window_mean(values, radius)
    variance = _window_mean(guide * guide, radius) - mean_guide * mean_guide
    covariance = _window_mean(guide * values, radius) - mean_guide * mean_values
    slope = covariance / (variance + epsilon)
    offset = mean_values - slope * mean_guide
    return _window_mean(slope, radius) * guide + _window_mean(offset, radius)


@MODELS.register_module()
class GuidedFilter(PostprocessStep):
    """Guided filter of the class probabilities; the guide is the mean of the image's channels.

    Args:
        radius: Radius of the window, in pixels.
        epsilon: Variance of the guide, for intensities in 0..1, below which a window counts as flat.

    Raises:
        ValueError: A negative radius, or an epsilon that is not positive.
    """

    def __init__(self, radius: int = 8, epsilon: float = 1e-3) -> None:
        super().__init__()
        if radius < 0 or not epsilon > 0:
            raise ValueError(
                f"GuidedFilter(radius={radius}, epsilon={epsilon}): use a radius of 0 or more and an epsilon"
                " above 0"
            )
        self.radius = radius
        self.epsilon = epsilon

    @torch.no_grad()
    def forward(self, prediction: BatchPrediction) -> BatchPrediction:
        """Replace the scores by log-probabilities and derive new labels."""
        guide = prediction.image.mean(1, keepdim=True) / 255
        smooth = guided_filter(prediction.logits.softmax(1), guide, self.radius, self.epsilon)
        smooth = smooth.clamp_min(1e-10)
        return prediction.with_logits((smooth / smooth.sum(1, keepdim=True)).log())
