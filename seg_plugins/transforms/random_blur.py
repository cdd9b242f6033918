"""Random blur of a lens out of focus or of motion."""

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

__all__ = ["RandomBlur", "motion_kernel"]


def motion_kernel(length: int, angle: float) -> np.ndarray:
    """Draw a line of a given length in pixels and angle in degrees, (n, n) float32 with sum 1, n odd."""
    size = length | 1
    kernel = np.zeros((size, size), np.float32)
    kernel[size // 2] = 1
    turn = cv2.getRotationMatrix2D((size // 2, size // 2), angle, 1.0)
    kernel = cv2.warpAffine(kernel, turn, (size, size))
    return kernel / kernel.sum()


@TRANSFORMS.register_module()
class RandomBlur(BaseTransform):
    """Blur the image: half of the time by a Gaussian (out of focus), half by motion of the camera.

    Args:
        prob: Probability.
        sigma: Smallest and largest standard deviation of the Gaussian, pixels.
        length: Shortest and longest motion, pixels.
    """

    def __init__(
        self, prob: float = 0.2, sigma: tuple[float, float] = (0.3, 1.8), length: tuple[int, int] = (3, 11)
    ) -> None:
        self.prob, self.sigma, self.length = prob, sigma, length

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace `img`."""
        if np.random.random_sample() >= self.prob:
            return results
        image = results["img"]
        if np.random.randint(2):
            blurred = cv2.GaussianBlur(image, (0, 0), np.random.uniform(*self.sigma))
        else:
            length = np.random.randint(self.length[0], self.length[1] + 1)
            blurred = cv2.filter2D(image, -1, motion_kernel(length, np.random.uniform(0, 180)))
        results["img"] = blurred.reshape(image.shape)
        return results
