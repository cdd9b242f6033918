"""Functions that the region generators share."""

import cv2
import numpy as np

from .extra import classical_extra

__all__ = ["connected", "numbered", "scaled_features"]


def numbered(regions: np.ndarray) -> np.ndarray:
    """Renumber region ids without gaps, in the order of the given ids.

    Args:
        regions: (H, W) integer, any ids.

    Returns:
        (H, W) int32 ids from 0.

    Example:
        >>> numbered(np.array([[7, 7, 3]])).tolist()
        [[1, 1, 0]]
    """
    return np.unique(regions, return_inverse=True)[1].reshape(regions.shape).astype(np.int32)


def connected(regions: np.ndarray, min_area: int = 0) -> np.ndarray:
    """Split regions into 4-connected components; merge those below `min_area` into the nearest neighbour.

    Args:
        regions: (H, W) integer ids.
        min_area: Components of fewer pixels join a neighbour.

    Returns:
        (H, W) int32 ids from 0.
    """
    from scipy.ndimage import distance_transform_edt

    with classical_extra():
        from skimage.measure import label

    parts = label(numbered(regions), background=-1, connectivity=1) - 1
    small = np.bincount(parts.ravel())[parts] < min_area
    if small.any() and not small.all():
        nearest = distance_transform_edt(small, return_distances=False, return_indices=True)
        parts = parts[tuple(nearest)]
    return numbered(parts)


def scaled_features(image: np.ndarray, position_weight: float) -> np.ndarray:
    """Compute the CIELAB colour and weighted position of each pixel.

    Args:
        image: (H, W, 3) uint8 RGB.
        position_weight: Length of the image's longer side in lightness units (0..100).

    Returns:
        (H * W, 5) float32: L, a, b, y, x.
    """
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    h, w = image.shape[:2]
    position = np.mgrid[:h, :w].transpose(1, 2, 0).astype(np.float32) * (position_weight / max(h, w))
    return np.concatenate([lab, position], 2).reshape(-1, 5)
