"""Random snow: bright flakes, large ones blurred."""

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from .pixel_values import as_type_of, full_scale

__all__ = ["RandomSnow", "flakes"]


def flakes(shape: tuple[int, int], count: int, radius: float) -> np.ndarray:
    """Draw flakes of up to a radius in pixels at random positions; (H, W) float32, 0..1."""
    mask = np.zeros(shape, np.uint8)
    places = (np.random.random_sample((count, 2)) * (shape[1], shape[0])).astype(int).tolist()
    sizes = np.rint(radius * np.random.random_sample(count) ** 2).astype(int).tolist()
    for place, size in zip(places, sizes, strict=True):
        cv2.circle(mask, place, size, 255, -1, cv2.LINE_AA)
    return cv2.GaussianBlur(mask, (0, 0), max(0.6, radius / 4)).astype(np.float32) / 255


@TRANSFORMS.register_module()
class RandomSnow(BaseTransform):
    """Draw flakes of snow over a paler image.

    Args:
        prob: Probability.
        amount: Smallest and largest number of flakes per 10,000 pixels.
        radius: Radius of the largest flakes, as a share of the height.
        pale: Share of white blended into the whole image, 0..1.
    """

    def __init__(
        self,
        prob: float = 0.05,
        amount: tuple[float, float] = (5, 25),
        radius: float = 0.008,
        pale: float = 0.15,
    ) -> None:
        self.prob, self.amount, self.radius, self.pale = prob, amount, radius, pale

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace `img`."""
        if np.random.random_sample() >= self.prob:
            return results
        image = results["img"]
        height, width = image.shape[:2]
        count = 1 + int(np.random.uniform(*self.amount) * height * width / 1e4)
        white = self.pale + (1 - self.pale) * flakes((height, width), count, max(1.0, self.radius * height))
        white = white.reshape(height, width, *[1] * (image.ndim - 2))
        black = 0 if image.dtype == np.uint8 else image.min()
        top = np.float32(black + full_scale(image))
        results["img"] = as_type_of(image, image * (1 - white) + top * white)
        return results
