"""Pixels without data: NaN, infinity, a GeoTIFF's no-data value, full transparency.

One rule serves training, test and prediction, and is applied where images are decoded. A missing value is
replaced by a number that the config states (`LoadSegImage(fill=...)`, 0 by default). The labels of pixels
without data in any channel do not count. Statistics of the data set leave missing values out.
"""

from collections.abc import Sequence

import numpy as np

from .tiff import read_tiff
from .tiff_tags import BITS, has_alpha, is_geotiff, no_data_value, read_tag

__all__ = ["fill_missing", "find_missing", "missing_values", "transparent", "without_data"]

BEYOND = 1e30  # no measurement is larger, but placeholders such as -3.4e38 are


def missing_values(image: np.ndarray, no_data: float | None = None) -> np.ndarray | None:
    """Find the missing values of an image.

    Args:
        image: (H, W) or (H, W, C) of any number type.
        no_data: The no-data value, or None.

    Returns:
        bool in the image's shape, or None if nothing is missing. In float images, NaN, infinity and values
        beyond 1e30 are missing too.

    >>> missing_values(np.array([[1.0, np.nan, -9999.0]]), -9999.0).tolist()
    [[False, True, True]]
    """
    missing = ~(np.abs(image) < BEYOND) if image.dtype.kind == "f" else None
    if no_data is not None and np.isfinite(no_data):
        with np.errstate(all="ignore"):
            as_stored = np.array(no_data).astype(image.dtype)
        if image.dtype.kind == "f" or as_stored == no_data:
            equal = image == as_stored
            if image.dtype == np.uint8 and image.ndim == 3:  # a single channel may hold this number as data
                equal = np.broadcast_to(equal.all(axis=-1, keepdims=True), image.shape)
            missing = equal if missing is None else missing | equal
    return missing if missing is not None and missing.any() else None


def without_data(missing: np.ndarray | None) -> np.ndarray | None:
    """Return the pixels (H, W) bool without data in any channel, or None if there are none.

    Args:
        missing: (H, W) or (H, W, C) bool, the missing values, or None.
    """
    if missing is None:
        return None
    nothing = missing if missing.ndim == 2 else missing.all(axis=2)
    return nothing if nothing.any() else None


def transparent(data: bytes) -> np.ndarray | None:
    """Find the pixels that a GeoTIFF's alpha channel hides, (H, W) bool; None if there are none.

    A channel counts as alpha only if it holds nothing but 0 and 255: many programs mark a near infra-red
    fourth band as alpha.
    """
    if not is_geotiff(data) or not has_alpha(data):
        return None
    try:
        pixels = read_tiff(data, "")
    except (ImportError, ValueError):
        return None
    if pixels.ndim != 3:
        return None
    alpha = pixels[..., -1]
    return alpha == 0 if (alpha == 0).any() and np.isin(alpha, (0, 255)).all() else None


def find_missing(image: np.ndarray, data: bytes) -> np.ndarray | None:
    """Find the missing values of a decoded image, by its values and by the tags of its file.

    Args:
        image: (H, W) or (H, W, C), as decoded.
        data: Content of the file.
    """
    same_depth = image.dtype != np.uint8 or (read_tag(data, BITS) or (8,))[0] == 8
    missing = missing_values(image, no_data_value(data) if same_depth else None)
    hidden = transparent(data)
    if hidden is None or hidden.shape != image.shape[:2]:
        return missing
    hidden = hidden if image.ndim == 2 else hidden[..., None]
    return np.broadcast_to(hidden, image.shape) | (False if missing is None else missing)


def fill_missing(image: np.ndarray, missing: np.ndarray | None, fill: float | Sequence[float]) -> np.ndarray:
    """Replace missing values.

    Args:
        image: (H, W) or (H, W, C).
        missing: bool in the same shape, or None.
        fill: A number, or one per channel in the image's order.

    Returns:
        The image itself if nothing is missing, else a copy.

    Raises:
        ValueError: If the number of fill values differs from the number of channels.
    """
    if missing is None:
        return image
    numbers = np.atleast_1d(np.asarray(fill, np.float64))
    channels = image.shape[2] if image.ndim == 3 else 1
    if len(numbers) not in (1, channels):
        raise ValueError(f"fill has {len(numbers)} numbers, but the image has {channels} channels")
    if image.dtype.kind in "iu":
        limits = np.iinfo(image.dtype)
        numbers = np.clip(np.rint(numbers), limits.min, limits.max)
    return np.where(missing, numbers.astype(image.dtype), image)
