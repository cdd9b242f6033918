"""Random sensor noise: read noise and shot noise."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from .pixel_values import as_type_of, full_scale

__all__ = ["RandomSensorNoise"]


@TRANSFORMS.register_module()
class RandomSensorNoise(BaseTransform):
    """Add Gaussian noise; its variance is that of read noise plus a part that grows with brightness.

    Model: Foi et al., "Practical Poissonian-Gaussian noise modeling and fitting for single-image raw-data",
        IEEE Transactions on Image Processing 17(10), 2008, eq. 3, with the Poisson part approximated as
        normal.

    Args:
        prob: Probability.
        reading: Smallest and largest standard deviation in the dark, as shares of the full scale.
        photons: Smallest and largest additional standard deviation at white.
    """

    def __init__(
        self,
        prob: float = 0.2,
        reading: tuple[float, float] = (0.005, 0.03),
        photons: tuple[float, float] = (0.0, 0.04),
    ) -> None:
        self.prob, self.reading, self.photons = prob, reading, photons

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace `img`."""
        if np.random.random_sample() >= self.prob:
            return results
        image, scale = results["img"], full_scale(results["img"])
        dark, light = np.random.uniform(*self.reading), np.random.uniform(*self.photons)
        values = image.astype(np.float32)
        bright = (values - (0 if image.dtype == np.uint8 else values.min())) / scale
        noise = np.random.standard_normal(image.shape).astype(np.float32)
        results["img"] = as_type_of(image, values + scale * np.sqrt(dark**2 + light**2 * bright) * noise)
        return results
