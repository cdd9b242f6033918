"""Class maps as colours."""

import colorsys
from collections.abc import Sequence
from itertools import chain
from itertools import count as count_from

import numpy as np

__all__ = [
    "background_ids",
    "blend",
    "complete_palette",
    "default_palette",
    "label_text",
    "paint",
    "tint",
]

IGNORE_COLOR = (0, 0, 0)
BACKGROUND_COLOR = (70, 70, 70)
BACKGROUND_NAMES = ("background", "bg")
COLORS = (
    (230, 159, 0), (0, 114, 178), (0, 158, 115), (204, 121, 167), (86, 180, 233), (213, 94, 0),
    (240, 228, 66), (68, 0, 102), (136, 34, 0), (170, 204, 170), (0, 0, 204), (68, 102, 68), (170, 255, 170),
    (170, 102, 255), (102, 68, 102), (255, 204, 255), (204, 204, 204), (136, 102, 136), (170, 170, 102),
    (136, 0, 136),
)  # fmt: skip


def label_text(name: str) -> str:
    r"""Escape a name for matplotlib: `$` starts no formula, and a leading `_` hides no legend entry.

    >>> label_text("US$ and $"), label_text("_a")
    ('US\\$ and \\$', '\u200b_a')
    """
    return ("\u200b" if name.startswith("_") else "") + name.replace("$", "\\$")


def background_ids(classes: Sequence[str]) -> list[int]:
    """Return the ids of background classes, recognised by name; overlays leave their pixels unchanged.

    >>> background_ids(["person", "Background"])
    [1]
    """
    return [i for i, name in enumerate(classes) if name.strip(" _").lower() in BACKGROUND_NAMES]


def default_palette(
    count: int, classes: Sequence[str] = (), used: Sequence[Sequence[int]] = ()
) -> np.ndarray:
    """Choose colours for a data set without a palette; an id has the same colour for any number of classes.

    The first seven are those of Okabe and Ito ("Color Universal Design", 2008), which people with any kind of
    colour vision can tell apart. The next thirteen were chosen for the largest CIEDE2000 distance from the
    colours before them, as seen with normal colour vision and without one kind of cone. Further hues follow.

    Args:
        count: Number of ids.
        classes: Their names, as far as known; background is dark grey.
        used: Colours that are already taken.

    Returns:
        (count, 3) uint8 RGB; up to 256 colours are all different if at most one class is background.

    >>> default_palette(2, ["background", "cat"]).tolist()
    [[70, 70, 70], [230, 159, 0]]
    """
    taken, background = set(map(tuple, used)), set(background_ids(classes))
    every = chain(COLORS, map(later_color, count_from()))
    free = (color for color in every if color not in taken)
    colors = [BACKGROUND_COLOR if i in background else next(free) for i in range(count)]
    return np.array(colors, np.uint8).reshape(-1, 3)


def later_color(number: int) -> tuple[int, int, int]:
    """Return a colour after the chosen ones: golden-angle steps in hue, three lightnesses in turn."""
    value, saturation = ((0.95, 0.55), (0.75, 0.9), (0.5, 0.7))[number % 3]
    red, green, blue = colorsys.hsv_to_rgb(number * 0.618034 % 1, saturation, value)
    return round(255 * red), round(255 * green), round(255 * blue)


def complete_palette(
    palette: Sequence[Sequence[int]] | np.ndarray | None, count: int, classes: Sequence[str] = ()
) -> np.ndarray:
    """Return a palette for all of `count` ids; ids missing from the given one get colours not used in it.

    Args:
        palette: RGB colours 0..255, or None.
        count: Number of ids.
        classes: Their names, as far as known.

    Returns:
        (count or more, 3) uint8 RGB.
    """
    given = np.asarray([] if palette is None else palette, np.uint8).reshape(-1, 3)
    names = classes[len(given) :]
    return np.concatenate([given, default_palette(max(0, count - len(given)), names, given.tolist())])


def paint(labels: np.ndarray, palette: Sequence[Sequence[int]] | None, ignore_index: int = 255) -> np.ndarray:
    """Colour a class map.

    Args:
        labels: (H, W) ids >= 0.
        palette: RGB colours; ids missing from it get colours of their own.
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


def tint(
    image: np.ndarray,
    labels: np.ndarray,
    palette: Sequence[Sequence[int]] | np.ndarray | None,
    classes: Sequence[str] = (),
    opacity: float = 0.5,
    ignore_index: int = 255,
) -> np.ndarray:
    """Lay a class map over its image; background keeps the image as it is.

    Args:
        image: (H, W, 3) uint8 RGB.
        labels: (H, W) ids >= 0.
        palette: RGB colours; ids missing from it get colours of their own.
        classes: Class names, by which background is recognised.
        opacity: Opacity of the colours, 0 to 1.
        ignore_index: Id painted black.
    """
    mixed = blend(image, paint(labels, palette, ignore_index), opacity)
    clear = [i for i in background_ids(classes) if i != ignore_index]
    return np.where(np.isin(labels, clear)[..., None], image, mixed) if clear else mixed
