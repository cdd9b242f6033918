"""Shrinking of large images for the model, and enlarging of its answer."""

from dataclasses import replace
from math import sqrt

import cv2
import numpy as np

from seg_plugins.inference import Prediction
from seg_plugins.models import InputImage

__all__ = ["enlarge_result", "shrink_image"]

CV2_TYPES = (np.uint8, np.uint16, np.float32, np.float64)
CV2_CHANNELS = 4  # not every interpolation supports more at a time


def resize(pixels: np.ndarray, size: tuple[int, int], interpolation: int) -> np.ndarray:
    """Resize (H, W) or (H, W, C), of any number type and any number of channels, to `size` (H, W)."""
    kind = pixels.dtype
    if kind not in CV2_TYPES:
        pixels = pixels.astype(np.uint8 if kind.kind == "b" else np.float32)
    planes = pixels[..., None] if pixels.ndim == 2 else pixels
    parts = [
        cv2.resize(
            np.ascontiguousarray(planes[..., at : at + CV2_CHANNELS]), size[::-1], interpolation=interpolation
        )
        for at in range(0, planes.shape[2], CV2_CHANNELS)
    ]
    parts = [part[..., None] if part.ndim == 2 else part for part in parts]
    resized = parts[0] if len(parts) == 1 else np.concatenate(parts, axis=2)
    return (resized[..., 0] if pixels.ndim == 2 else resized).astype(kind, copy=False)


def shrink_image(image: InputImage, most: int) -> InputImage:
    """Shrink an image to at most `most` pixels, proportions kept; a smaller one is returned unchanged.

    Args:
        image: The loaded image.
        most: Limit of width x height, at least 1.
    """
    height, width = image.size
    if height * width <= most:
        return image
    factor = sqrt(most / (height * width))
    size = max(1, int(height * factor)), max(1, int(width * factor))
    size = min(size[0], most), min(size[1], most)
    results = image.results | {
        "img": resize(image.pixels, size, cv2.INTER_AREA),
        "img_shape": size,
        "ori_shape": size,
    }
    if image.results.get("missing") is not None:
        results["missing"] = resize(image.results["missing"], size, cv2.INTER_NEAREST_EXACT)
    return replace(image, results=results)


def enlarge_result(result: Prediction, image: InputImage) -> Prediction:
    """Enlarge the prediction of a shrunk image to the size of the original (nearest pixels)."""
    if result.labels.shape == image.size:
        return result
    maps = {
        name: None
        if (part := getattr(result, name)) is None
        else resize(part, image.size, cv2.INTER_NEAREST_EXACT)
        for name in ("labels", "confidence", "uncertainty", "valid")
    }
    return replace(result, image=image.shown(), **maps)
