"""Images of single predictions: image, truth, prediction, errors, confidence side by side."""

from dataclasses import dataclass

import cv2
import numpy as np

__all__ = ["COLUMNS", "Panel", "draw_errors", "draw_panel", "draw_tiles", "shrink"]

COLUMNS = ("image", "ground truth", "prediction", "errors (red)", "confidence (dark = low)")
_GAP = 6
_UNLABELLED = (230, 230, 230)
_WRONG = (214, 39, 40)


@dataclass
class Panel:
    """One image with its prediction, shrunk for the report.

    Attributes:
        name: Name of the image.
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
    """Resize ids (H, W) to `width` pixels by the nearest pixel, with proportions kept."""
    height = max(1, round(ids.shape[0] * width / ids.shape[1]))
    return cv2.resize(np.ascontiguousarray(ids), (width, height), interpolation=cv2.INTER_NEAREST)


def draw_errors(image: np.ndarray, true: np.ndarray, pred: np.ndarray, ignore_index: int = 255) -> np.ndarray:
    """Draw the image in light grey, with wrong pixels red and unlabelled ones lighter.

    Args:
        image: (H, W, 3) uint8 RGB.
        true: (H, W) ids.
        pred: (H, W) ids.
        ignore_index: Id of unlabelled pixels.
    """
    labelled = true != ignore_index
    grey = cv2.cvtColor(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), cv2.COLOR_GRAY2RGB)
    errors = (255 - (255 - grey.astype(np.float32)) * 0.45).astype(np.uint8)
    errors[~labelled] = _UNLABELLED
    errors[labelled & (true != pred)] = _WRONG
    return errors


def draw_tiles(panel: Panel, palette: np.ndarray, ignore_index: int = 255) -> dict[str, np.ndarray]:
    """Draw the tiles of a panel, (H, W, 3) uint8 RGB, by their names in `COLUMNS`.

    A panel without confidence has no tile for it.

    Args:
        panel: The panel to draw.
        palette: (K, 3) uint8 RGB.
        ignore_index: Id of unlabelled pixels, drawn light grey.
    """
    pictures = [
        panel.image,
        _coloured(panel.true, palette),
        _coloured(panel.pred, palette),
        draw_errors(panel.image, panel.true, panel.pred, ignore_index),
    ]
    if panel.confidence is not None:
        scaled = (panel.confidence.clip(0, 1) * 255).astype(np.uint8)
        pictures.append(cv2.cvtColor(cv2.applyColorMap(scaled, cv2.COLORMAP_VIRIDIS), cv2.COLOR_BGR2RGB))
    return dict(zip(COLUMNS, pictures, strict=False))


def draw_panel(panel: Panel, palette: np.ndarray, ignore_index: int = 255) -> np.ndarray:
    """Draw the five tiles in a row, in the order of `COLUMNS`: (H, 5 W + gaps, 3) uint8 RGB."""
    drawn = draw_tiles(panel, palette, ignore_index)
    pictures = [drawn.get(name, np.full_like(panel.image, 245)) for name in COLUMNS]
    gap = np.full((panel.image.shape[0], _GAP, 3), 255, np.uint8)
    return np.concatenate([part for tile in pictures for part in (gap, tile)][1:], axis=1)


def _coloured(ids: np.ndarray, palette: np.ndarray) -> np.ndarray:
    inside = (ids >= 0) & (ids < len(palette))
    colours = palette[np.where(inside, ids, 0)]
    colours[~inside] = _UNLABELLED
    return colours
