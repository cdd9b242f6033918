"""Functions by which transforms treat images of any type and number of channels alike."""

from collections.abc import Callable

import numpy as np

__all__ = ["as_type_of", "full_scale", "in_channel_groups"]


def full_scale(image: np.ndarray) -> float:
    """Return the distance from black to white: 255 for 8 bits, else the range of the image's own values.

    >>> full_scale(np.zeros((2, 2), np.uint8)), full_scale(np.array([[2.0, 6.0]]))
    (255.0, 4.0)
    """
    return 255.0 if image.dtype == np.uint8 else float(image.max() - image.min()) or 1.0


def as_type_of(image: np.ndarray, values: np.ndarray) -> np.ndarray:
    """Convert float values (H, W[, C]) to the type of `image`; for 8 bits, round and clip to 0..255."""
    if image.dtype == np.uint8:
        return np.clip(np.rint(values), 0, 255).astype(np.uint8)
    return values.astype(image.dtype)


def in_channel_groups(
    image: np.ndarray, function: Callable[[np.ndarray], np.ndarray], at_once: int = 4
) -> np.ndarray:
    """Apply an OpenCV function for few channels to an image of any number of channels.

    Args:
        image: (H, W) or (H, W, C).
        function: Takes (H, W) or (H, W, c) and may change H and W; OpenCV may drop an axis of length 1.
        at_once: Largest c that the function takes.

    Returns:
        (H', W') or (H', W', C).
    """
    if image.ndim == 2:
        return function(image)
    parts = [
        function(np.ascontiguousarray(image[..., i : i + at_once])) for i in range(0, image.shape[2], at_once)
    ]
    parts = [part[..., None] if part.ndim == 2 else part for part in parts]
    return parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2)
