"""Random rain: bright parallel streaks."""

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from .pixel_values import as_type_of, full_scale

__all__ = ["RandomRain", "streaks"]


def streaks(shape: tuple[int, int], count: int, length: float, slant: float) -> np.ndarray:
    """Draw streaks at random positions.

    Args:
        shape: Height and width.
        count: Number of streaks.
        length: Mean length, pixels.
        slant: Degrees from the vertical.

    Returns:
        (H, W) float32, 0..1.
    """
    mask = np.zeros(shape, np.uint8)
    starts = np.random.random_sample((count, 2)) * (shape[1], shape[0])
    lengths = length * np.random.uniform(0.5, 1.5, (count, 1))
    fall = np.array([[np.sin(np.radians(slant)), np.cos(np.radians(slant))]])
    ends = starts + lengths * fall
    lines = np.rint(np.stack([starts, ends], axis=1)).astype(np.int32)
    cv2.polylines(mask, list(lines), False, 255, 1, cv2.LINE_AA)
    return cv2.GaussianBlur(mask, (3, 3), 0).astype(np.float32) / 255


@TRANSFORMS.register_module()
class RandomRain(BaseTransform):
    """Draw streaks of rain over a darker, less saturated image.

    Args:
        prob: Probability.
        amount: Smallest and largest number of streaks per 10,000 pixels.
        length: Shortest and longest mean length, as shares of the height.
        slant: Largest angle from the vertical, degrees.
        strength: Brightness of a streak, as a share of the full scale.
    """

    def __init__(
        self,
        prob: float = 0.1,
        amount: tuple[float, float] = (3, 15),
        length: tuple[float, float] = (0.03, 0.1),
        slant: float = 20,
        strength: float = 0.5,
    ) -> None:
        self.prob, self.amount, self.length = prob, amount, length
        self.slant, self.strength = slant, strength

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace `img`."""
        if np.random.random_sample() >= self.prob:
            return results
        image = results["img"]
        height, width = image.shape[:2]
        count = 1 + int(np.random.uniform(*self.amount) * height * width / 1e4)
        length = max(3.0, np.random.uniform(*self.length) * height)
        rain = streaks((height, width), count, length, np.random.uniform(-self.slant, self.slant))
        rain = rain.reshape(height, width, *[1] * (image.ndim - 2))
        black = np.float32(0 if image.dtype == np.uint8 else image.min())
        duller = black + 0.85 * (image - black)
        results["img"] = as_type_of(image, duller + np.float32(self.strength * full_scale(image)) * rain)
        return results
