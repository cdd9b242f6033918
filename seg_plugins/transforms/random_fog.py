"""Random fog, which moves every pixel towards the airlight."""

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from .pixel_values import as_type_of, full_scale

__all__ = ["RandomFog", "smooth_field"]


def smooth_field(shape: tuple[int, int], cells: int = 4) -> np.ndarray:
    """Draw a smooth random field (H, W) float32 in 0..1, with about `cells` bumps per side."""
    coarse = np.random.random_sample((cells, cells)).astype(np.float32)
    return np.clip(cv2.resize(coarse, shape[::-1], interpolation=cv2.INTER_CUBIC), 0, 1)


@TRANSFORMS.register_module()
class RandomFog(BaseTransform):
    """Blend the image with the airlight, unevenly and, outdoors, more towards the top.

    Model: `I = J t + A (1 - t)`, Narasimhan and Nayar, "Vision and the atmosphere", IJCV 48(3), 2002. The
        transmission t is drawn at random, because the depth is unknown.

    Args:
        prob: Probability.
        density: Smallest and largest mean of 1 - t.
        light: Darkest and brightest airlight, as shares of the full scale.
        horizon: Whether the top, which is far away in a street, gets more fog.
    """

    def __init__(
        self,
        prob: float = 0.1,
        density: tuple[float, float] = (0.15, 0.5),
        light: tuple[float, float] = (0.7, 0.95),
        horizon: bool = True,
    ) -> None:
        self.prob, self.density, self.light, self.horizon = prob, density, light, horizon

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace `img`."""
        if np.random.random_sample() >= self.prob:
            return results
        image = results["img"]
        density, light = np.random.uniform(*self.density), np.random.uniform(*self.light)
        veil = density * (0.6 + 0.8 * smooth_field(image.shape[:2]))
        if self.horizon:
            veil *= np.linspace(1.4, 0.6, image.shape[0], dtype=np.float32)[:, None]
        veil = np.clip(veil, 0, 1).reshape(*image.shape[:2], *[1] * (image.ndim - 2))
        black = 0 if image.dtype == np.uint8 else image.min()
        air = np.float32(black + light * full_scale(image))
        results["img"] = as_type_of(image, image * (1 - veil) + air * veil)
        return results
