"""Features of regions."""

import cv2
import numpy as np

__all__ = ["FEATURES", "region_features", "region_means"]

FEATURES = (
    "L",
    "a",
    "b",
    "L std",
    "a std",
    "b std",
    "slope",
    "texture",
    "y",
    "x",
    "log area",
    "L rank",
    "contrast",
)


def region_means(values: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Average values over regions.

    Args:
        values: (H, W, F) float.
        regions: (H, W) integer ids from 0 without gaps.

    Returns:
        (R, F) float64.
    """
    index = regions.ravel()
    sizes = np.bincount(index)
    flat = values.reshape(index.size, -1)
    return np.stack([np.bincount(index, channel) for channel in flat.T], 1) / sizes[:, None]


def region_features(image: np.ndarray, regions: np.ndarray) -> np.ndarray:
    """Compute colour, texture, position and size of each region.

    Args:
        image: (H, W, 3) uint8 RGB.
        regions: (H, W) integer ids from 0 without gaps.

    Returns:
        (R, 13) float64, in the order of `FEATURES`: mean of CIELAB (L in 0..100); the logarithms of 1/2 plus
        the standard deviation, the mean gradient and the mean absolute Laplacian of L; centre (0..1);
        logarithm of the region's share of the image; share of the image's pixels that are darker than the
        mean; difference of L to the surroundings (1/8 of the image wide).
    """
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    light = np.ascontiguousarray(lab[..., 0])
    h, w = light.shape
    slope = np.hypot(cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1))
    texture = np.abs(cv2.Laplacian(light, cv2.CV_32F))
    y, x = np.mgrid[:h, :w].astype(np.float32)
    side = max(3, max(h, w) // 8) | 1
    around = cv2.blur(light, (side, side))
    stacked = np.dstack([lab, lab**2, slope, texture, y / h, x / w, light - around])
    means = region_means(stacked, regions)
    deviation = np.sqrt(np.maximum(means[:, 3:6] - means[:, :3] ** 2, 0))
    area = np.log(np.bincount(regions.ravel()) / (h * w))
    rank = np.searchsorted(np.sort(light.ravel()), means[:, 0]) / (h * w)
    spread = np.log(np.column_stack([deviation, means[:, 6:8]]) + 0.5)
    return np.column_stack([means[:, :3], spread, means[:, 8:10], area, rank, means[:, 10]])
