"""Pictures of single predictions: image, truth, prediction, errors, confidence side by side."""

from dataclasses import dataclass

import cv2
import numpy as np

__all__ = ["COLUMNS", "Panel", "distinct_palette", "draw_panel", "shrink"]

COLUMNS = ("image", "ground truth", "prediction", "errors (red)", "confidence (dark = unsure)")
_GAP = 6
_UNLABELLED = (230, 230, 230)
_WRONG = (214, 39, 40)


@dataclass
class Panel:
    """One image small enough to keep.

    Attributes:
        name: Of the image.
        score: Its mIoU in 0..100.
        image: (H, W, 3) uint8 RGB.
        true: (H, W) ids.
        pred: (H, W) ids.
        confidence: (H, W) float32 in 0..1, or None.
    """

    name: str
    score: float
    image: np.ndarray
    true: np.ndarray
    pred: np.ndarray
    confidence: np.ndarray | None


def shrink(ids: np.ndarray, width: int) -> np.ndarray:
    """Resize ids (H, W) to `width` pixels by the nearest pixel, proportions kept."""
    height = max(1, round(ids.shape[0] * width / ids.shape[1]))
    return cv2.resize(np.ascontiguousarray(ids), (width, height), interpolation=cv2.INTER_NEAREST)


def distinct_palette(count: int) -> np.ndarray:
    """Colours (count, 3) uint8 RGB for data sets without a palette: steps of the golden angle in hue."""
    hue = (np.arange(count) * 0.618034 % 1 * 180).astype(np.uint8)
    value = np.where(np.arange(count) % 2, 170, 230).astype(np.uint8)
    hsv = np.stack([hue, np.full(count, 160, np.uint8), value], axis=1)
    return cv2.cvtColor(hsv[None], cv2.COLOR_HSV2RGB)[0]


def draw_panel(panel: Panel, palette: np.ndarray, ignore_index: int = 255) -> np.ndarray:
    """Five tiles in a row, in the order of `COLUMNS`.

    Args:
        panel: What to draw.
        palette: (K, 3) uint8 RGB.
        ignore_index: Id of unlabelled pixels, drawn light grey.

    Returns:
        (H, 5 W + gaps, 3) uint8 RGB.
    """
    labelled = panel.true != ignore_index
    grey = cv2.cvtColor(cv2.cvtColor(panel.image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    errors = (255 - (255 - grey.astype(np.float32)) * 0.45).astype(np.uint8)
    errors[~labelled] = _UNLABELLED
    errors[labelled & (panel.true != panel.pred)] = _WRONG
    if panel.confidence is None:
        confidence = np.full_like(panel.image, 245)
    else:
        scaled = (panel.confidence.clip(0, 1) * 255).astype(np.uint8)
        confidence = cv2.cvtColor(cv2.applyColorMap(scaled, cv2.COLORMAP_VIRIDIS), cv2.COLOR_BGR2RGB)
    tiles = [
        panel.image,
        _coloured(panel.true, palette),
        _coloured(panel.pred, palette),
        errors,
        confidence,
    ]
    gap = np.full((panel.image.shape[0], _GAP, 3), 255, np.uint8)
    return np.concatenate([part for tile in tiles for part in (gap, tile)][1:], axis=1)


def _coloured(ids: np.ndarray, palette: np.ndarray) -> np.ndarray:
    inside = (ids >= 0) & (ids < len(palette))
    colours = palette[np.where(inside, ids, 0)]
    colours[~inside] = _UNLABELLED
    return colours
