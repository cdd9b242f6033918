"""A prediction as JSON and as images."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
from PIL import Image

from seg_plugins.inference import Prediction
from seg_plugins.inference.writing import count_pixels
from seg_plugins.ops.painting import background_ids, complete_palette

__all__ = ["PICTURES", "answer_picture", "class_legend", "png_bytes", "segment_answer"]

TO_LOOK_AT = ("packed", "image")
PICTURES = ("classes", "color", "overlay", "confidence", "packed", "image")


def class_legend(classes: Sequence[str], palette: Any) -> list[dict[str, Any]]:
    """Return id, name and RGB colour of each class, and whether it is a background that overlays skip."""
    colors, background = complete_palette(palette, len(classes), classes).tolist(), background_ids(classes)
    return [
        {"id": i, "name": name, "color": colors[i], "background": i in background}
        for i, name in enumerate(classes)
    ]


def pack_result(result: Prediction) -> np.ndarray:
    """Pack everything that the page shows into one image: (H, W, 3) uint8.

    Red is the low and green the high byte of the class id, blue the confidence (255 is 1).
    """
    ids = result.labels.astype(np.uint16)
    confidence = (result.confidence.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    return np.dstack([(ids & 255).astype(np.uint8), (ids >> 8).astype(np.uint8), confidence])


def answer_picture(kind: str, result: Prediction) -> np.ndarray:
    """Return one of `PICTURES`: (H, W) uint8 or uint16, or (H, W, 3) uint8 RGB."""
    if kind == "classes":
        return result.labels
    if kind == "confidence":
        return (result.confidence.clip(0, 1) * 255 + 0.5).astype(np.uint8)
    if kind == "packed":
        return pack_result(result)
    if kind == "image":
        return result.image
    return result.colors if kind == "color" else result.overlay


def png_bytes(pixels: np.ndarray) -> bytes:
    """Encode pixels as PNG, with light compression for a short response time."""
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, "PNG", compress_level=2)
    return buffer.getvalue()


def segment_answer(
    result: Prediction, include: Sequence[str], small: Prediction | None = None
) -> dict[str, Any]:
    """Build the JSON answer, without timing.

    Args:
        result: The prediction, with confidence.
        include: Some of `PICTURES`, added as Base64 of PNG files.
        small: The prediction at the size that the model processed. The pictures `packed` and `image`, which
            are for display, come from it. None stands for `result` itself.

    Returns:
        width, height; model_width, model_height, the size of `small`; classes with pixels, fraction of the
        image (0 to 1) and mean confidence over the pixels of the class (None without pixels); pictures
        by kind.
    """
    small = small or result
    height, width = result.labels.shape
    legend = class_legend(result.classes, result.palette)
    areas = count_pixels(result.labels, len(legend)).tolist()
    weights = result.confidence.ravel()
    sums = np.bincount(result.labels.ravel(), weights=weights, minlength=len(legend)).tolist()
    for row, pixels, total in zip(legend, areas, sums, strict=False):  # ids above K have sums, no rows
        row["pixels"] = pixels
        row["share"] = pixels / max(result.size, 1)
        row["confidence"] = total / pixels if pixels else None
    pictures = {}
    for kind in include:
        pixels = answer_picture(kind, small if kind in TO_LOOK_AT else result)
        pictures[kind] = base64.b64encode(png_bytes(pixels)).decode()
    return {
        "width": width, "height": height,
        "model_width": small.labels.shape[1], "model_height": small.labels.shape[0],
        "classes": legend, "pictures": pictures,
    }  # fmt: skip
