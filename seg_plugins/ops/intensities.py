"""Intensity range of a channel, from the statistics that images are normalised with."""

from collections.abc import Sequence

import torch
from torch import Tensor

from .constants import device_constant

__all__ = ["as_intensities", "intensity_range"]

SPREAD = 3.0  # standard deviations on either side of the mean


def intensity_range(mean: float, std: float) -> tuple[float, float]:
    """Return the lower and upper intensity of a channel.

    Args:
        mean: Mean of the channel over the training images.
        std: Standard deviation of the channel.

    Returns:
        (0, 255) if 8-bit data can have these statistics, else three standard deviations on either side of the
        mean.

    >>> intensity_range(123.7, 58.4), intensity_range(2000.0, 100.0), intensity_range(0.5, 0.1)
    ((0.0, 255.0), (1700.0, 2300.0), (0.2, 0.8))
    """
    if 0 <= mean <= 255 and std <= 128 and max(mean, std) > 1:
        return 0.0, 255.0
    return round(mean - SPREAD * std, 6), round(mean + SPREAD * std, 6)


def as_intensities(image: Tensor, mean: Sequence[float], std: Sequence[float]) -> Tensor:
    """Map the `intensity_range` of each channel to 0..255, for methods made for photographs.

    Args:
        image: (C, H, W) float, in the unit of its file.
        mean: (C,) of the training images; empty if images are not normalised, which keeps their numbers.
        std: (C,) likewise.

    Returns:
        (C, H, W) float32 in 0..255; an 8-bit image keeps its numbers.
    """
    if len(mean):
        ranges = tuple(intensity_range(m, s) for m, s in zip(mean, std, strict=True))
        low, high = device_constant(ranges, torch.float32, image.device).T.view(2, -1, 1, 1)
        image = torch.where((low == 0) & (high == 255), image, (image - low) * (255 / (high - low)))
    return image.clamp(0, 255)
