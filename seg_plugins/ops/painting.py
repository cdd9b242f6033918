"""Class maps as colours."""

from collections.abc import Sequence

import numpy as np

__all__ = ["blend", "complete_palette", "label_text", "paint", "voc_palette"]

IGNORE_COLOR = (0, 0, 0)


def label_text(name: str) -> str:
    r"""Escape a name for matplotlib: `$` starts no formula, and a leading `_` hides no legend entry.

    >>> label_text("US$ and $"), label_text("_a")
    ('US\\$ and \\$', '\u200b_a')
    """
    return ("\u200b" if name.startswith("_") else "") + name.replace("$", "\\$")


def voc_palette(count: int) -> np.ndarray:
    """Return the colours of PASCAL VOC's tools: the bits of the id spread over R, G, B (`VOClabelcolormap`).

    Args:
        count: Number of colours.

    Returns:
        (count, 3) uint8 RGB, all different up to 256.

    >>> voc_palette(3).tolist()
    [[0, 0, 0], [128, 0, 0], [0, 128, 0]]
    """
    ids = np.arange(count)
    colors = np.zeros((count, 3), np.int64)
    for bit in range(8):
        for channel in range(3):
            colors[:, channel] |= ((ids >> (3 * bit + channel)) & 1) << (7 - bit)
    return colors.astype(np.uint8)


def complete_palette(palette: Sequence[Sequence[int]] | None, count: int) -> np.ndarray:
    """Return a palette for all of `count` ids; ids missing from the given one get VOC's colours.

    Args:
        palette: RGB colours 0..255, or None.
        count: Number of ids.

    Returns:
        (count or more, 3) uint8 RGB.
    """
    given = np.asarray([] if palette is None else palette, np.uint8).reshape(-1, 3)
    return np.concatenate([given, voc_palette(max(count, len(given)))[len(given) :]])


def paint(labels: np.ndarray, palette: Sequence[Sequence[int]] | None, ignore_index: int = 255) -> np.ndarray:
    """Return the colour a class map.

    Args:
        labels: (H, W) ids >= 0.
        palette: RGB colours; ids missing from it get VOC's colours.
        ignore_index: Painted black.

    Returns:
        (H, W, 3) uint8 RGB.
    """
    labels = np.asarray(labels)
    kept = labels != ignore_index
    top = int(labels.max(where=kept, initial=0))
    colors = complete_palette(palette, top + 1)
    return np.where(kept[..., None], colors[np.where(kept, labels, 0)], np.uint8(IGNORE_COLOR))


def blend(image: np.ndarray, colors: np.ndarray, opacity: float = 0.5) -> np.ndarray:
    """Lay colours over an image: `(1 - opacity) * image + opacity * colors`, rounded.

    Args:
        image: (H, W, 3) uint8 RGB.
        colors: (H, W, 3) uint8 RGB.
        opacity: 0 (image only) to 1 (colours only).
    """
    mixed = image.astype(np.float32) * (1 - opacity) + colors.astype(np.float32) * opacity
    return (mixed + 0.5).astype(np.uint8)
