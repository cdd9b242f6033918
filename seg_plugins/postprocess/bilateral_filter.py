"""Edge-aware smoothing of class probabilities by the joint bilateral filter."""

import math

import torch
from mmseg.registry import MODELS
from torch import Tensor
from torch.nn.functional import pad

from .prediction import BatchPrediction, PostprocessStep

__all__ = ["BilateralFilter", "joint_bilateral"]


def joint_bilateral(
    values: Tensor, image: Tensor, radius: int, position_std: float, colour_std: float
) -> Tensor:
    """Average values over nearby pixels of similar colour.

    Source: Petschnigg et al., Digital Photography with Flash and No-Flash Image Pairs, SIGGRAPH 2004, eq. 3.

    Args:
        values: (N, K, H, W) floating point.
        image: (N, C, H, W) floating point.
        radius: Radius of the square window, in pixels; the window is clipped at the border.
        position_std: Standard deviation over positions, in pixels.
        colour_std: Standard deviation over colours, in the image's unit.

    Returns:
        (N, K, H, W).
    """
    h, w = values.shape[2:]
    stacked = pad(torch.cat([values, torch.ones_like(values[:, :1]), image], 1), [radius] * 4)
    channels = values.shape[1] + 1
    total = torch.zeros_like(stacked[:, :channels, :h, :w])
    for dy in range(-radius, radius + 1):
        for dx in range(-radius, radius + 1):
            moved = stacked[:, :, radius + dy : radius + dy + h, radius + dx : radius + dx + w]
            distance = ((moved[:, channels:] - image) ** 2).sum(1, keepdim=True)
            near = math.exp(-(dx * dx + dy * dy) / (2 * position_std**2))
            total.addcmul_(moved[:, :channels], torch.exp(distance / (-2 * colour_std**2)), value=near)
    return total[:, :-1] / total[:, -1:]


@MODELS.register_module()
class BilateralFilter(PostprocessStep):
    """Joint bilateral filter of the class probabilities, guided by the image.

    Args:
        radius: Radius of the window, in pixels; the cost grows with its square.
        position_std: Standard deviation over positions, in pixels.
        colour_std: Standard deviation over colours, in grey levels of 0..255.

    Raises:
        ValueError: A negative radius, or a standard deviation that is not positive.
    """

    def __init__(self, radius: int = 4, position_std: float = 3.0, colour_std: float = 15.0) -> None:
        super().__init__()
        if radius < 0 or not min(position_std, colour_std) > 0:
            raise ValueError(
                f"BilateralFilter(radius={radius}, position_std={position_std}, colour_std={colour_std}):"
                " use a radius of 0 or more and standard deviations above 0"
            )
        self.settings = dict(radius=radius, position_std=position_std, colour_std=colour_std)

    @torch.no_grad()
    def forward(self, prediction: BatchPrediction) -> BatchPrediction:
        """Replace the scores by log-probabilities and derive new labels."""
        smooth = joint_bilateral(prediction.logits.softmax(1), prediction.image, **self.settings)
        return prediction.with_logits(smooth.clamp_min(1e-10).log())
