"""Pixels of an image that hold no data: no number, infinity, a GeoTIFF's number for it, full transparency.

One rule for training, test and prediction, applied where images are decoded: such a value is replaced by a
number that the config states (`LoadSegImage(fill=...)`, 0 by default), the labels of pixels without data in
any channel do not count, and figures of the data set leave such values out.
"""

from collections.abc import Sequence

import cv2
import numpy as np

from .tiff_tags import BITS, has_alpha, is_geotiff, no_data_value, read_tag

__all__ = ["fill_missing", "find_missing", "missing_values", "transparent"]

BEYOND = 1e30  # no measurement, but what files hold for "nothing", such as -3.4e38


def missing_values(image: np.ndarray, no_data: float | None = None) -> np.ndarray | None:
    """Finds the values of an image that are no data.

    Args:
        image: (H, W) or (H, W, C) of any number type.
        no_data: The number that stands for no data, or None.

    Returns:
        bool in the image's shape, or None where nothing is missing. Of floats, what is no number, infinite or
        beyond 1e30 is missing too.

    >>> missing_values(np.array([[1.0, np.nan, -9999.0]]), -9999.0).tolist()
    [[False, True, True]]
    """
    missing = ~(np.abs(image) < BEYOND) if image.dtype.kind == "f" else None
    if no_data is not None and np.isfinite(no_data):
        with np.errstate(all="ignore"):
            as_stored = np.array(no_data).astype(image.dtype)
        if image.dtype.kind == "f" or as_stored == no_data:
            equal = image == as_stored
            if image.dtype == np.uint8 and image.ndim == 3:  # one channel alone may well have this number
                equal = np.broadcast_to(equal.all(axis=-1, keepdims=True), image.shape)
            missing = equal if missing is None else missing | equal
    return missing if missing is not None and missing.any() else None


def transparent(data: bytes) -> np.ndarray | None:
    """Finds the pixels that a GeoTIFF's transparency takes out, (H, W) bool; None where there are none.

    Only a channel of nothing but 0 and 255 is taken for one: many programs call a fourth band transparency
    that is near infra-red.
    """
    if not is_geotiff(data) or not has_alpha(data):
        return None
    pixels = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    if pixels is None or pixels.ndim != 3 or pixels.shape[2] != 4 or pixels.dtype != np.uint8:
        return None
    alpha = pixels[..., 3]
    return alpha == 0 if (alpha == 0).any() and np.isin(alpha, (0, 255)).all() else None


def find_missing(image: np.ndarray, data: bytes) -> np.ndarray | None:
    """Finds what is missing in a decoded image, by its values and by what its file says.

    Args:
        image: (H, W) or (H, W, C), as it was decoded.
        data: The file.
    """
    same_depth = image.dtype != np.uint8 or (read_tag(data, BITS) or (8,))[0] == 8
    missing = missing_values(image, no_data_value(data) if same_depth else None)
    hidden = transparent(data)
    if hidden is None or hidden.shape != image.shape[:2]:
        return missing
    hidden = hidden if image.ndim == 2 else hidden[..., None]
    return np.broadcast_to(hidden, image.shape) | (False if missing is None else missing)


def fill_missing(image: np.ndarray, missing: np.ndarray | None, fill: float | Sequence[float]) -> np.ndarray:
    """Replaces what is missing.

    Args:
        image: (H, W) or (H, W, C).
        missing: bool in the same shape, or None.
        fill: A number, or one per channel in the image's order.

    Returns:
        The image itself where nothing is missing, else a copy.

    Raises:
        ValueError: If there are not as many numbers as channels.
    """
    if missing is None:
        return image
    numbers = np.atleast_1d(np.asarray(fill, np.float64))
    channels = image.shape[2] if image.ndim == 3 else 1
    if len(numbers) not in (1, channels):
        raise ValueError(f"fill has {len(numbers)} numbers, the image has {channels} channels")
    if image.dtype.kind in "iu":
        limits = np.iinfo(image.dtype)
        numbers = np.clip(np.rint(numbers), limits.min, limits.max)
    return np.where(missing, numbers.astype(image.dtype), image)
