"""Images of any number type as 8-bit images for viewing."""

import numpy as np

__all__ = ["scale_to_bytes", "shown"]


def scale_to_bytes(values: np.ndarray, low: float | None = None, high: float | None = None) -> np.ndarray:
    """Scale to uint8: `low` becomes 0, `high` 255.

    Args:
        values: Array of any number type; NaN and infinity become 0.
        low: Smallest value by default, NaN and infinity left out.
        high: Largest value by default. Where both are equal, the result is 0.
    """
    values = values.astype(np.float32)
    finite = np.isfinite(values)
    low = values.min(where=finite, initial=np.inf) if low is None else low
    high = values.max(where=finite, initial=-np.inf) if high is None else high
    if not high > low:
        return np.zeros(values.shape, np.uint8)
    scaled = (values - low) * (255 / (high - low))
    return np.where(finite, scaled.clip(0, 255) + 0.5, 0).astype(np.uint8)


def as_bytes(image: np.ndarray) -> np.ndarray:
    """Return an image as uint8: unchanged if its numbers fit 8 bits, else scaled by their range."""
    if image.dtype == np.uint8:
        return image
    low, high = (f(image, initial=1.0, where=np.isfinite(image)) for f in (np.min, np.max))
    if low >= 0 and 1 < high <= 255:
        return np.nan_to_num(image, nan=0.0, posinf=0.0, neginf=0.0).astype(np.uint8)
    return scale_to_bytes(image)


def shown(image: np.ndarray, bgr: bool) -> np.ndarray:
    """Return an image for people to look at; networks never see it.

    Numbers that do not fit 8 bits are scaled by their range in the image. Of several channels the first three
    are shown, of two the first.

    Args:
        image: (H, W) or (H, W, C) of any number type.
        bgr: Whether three channels are in the order blue, green, red.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    image = image[..., None] if image.ndim == 2 else image
    image = image[..., :3] if image.shape[2] >= 3 else image[..., :1]
    image = as_bytes(image)
    if image.shape[2] == 1:
        return np.repeat(image, 3, axis=2)
    return np.ascontiguousarray(image[..., ::-1] if bgr else image)
