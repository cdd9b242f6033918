"""How images of a data set differ in size, and the one size that all are scaled to."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["ImageSizes", "scale_factors", "written"]

LONGEST = 1024  # pixels; beyond, a crop would show too little of the image to learn from


def scale_factors(sizes: np.ndarray, scale: tuple[int, int]) -> np.ndarray:
    """How much a resize that keeps the shape of images scales each.

    The longer side of an image fits the longer one of `scale`, and the shorter the shorter, as in
    `mmcv.rescale_size`: an upright photo is scaled as one that lies.

    Args:
        sizes: (N, 2) height and width in pixels.
        scale: Two sides in pixels, in any order.

    Returns:
        (N,) factors.
    """
    sides = np.sort(np.asarray(sizes, float).reshape(-1, 2), axis=1)
    return (np.sort(np.asarray(scale, float)) / sides).min(axis=1)


def written(size: Sequence[float]) -> str:
    """Write height and width.

    >>> written((480, 640))
    '480x640'
    """
    return f"{round(size[0])}x{round(size[1])}"


@dataclass(frozen=True)
class ImageSizes:
    """Heights and widths of the images of a data set.

    Attributes:
        sizes: (N, 2) height and width in pixels.
    """

    sizes: np.ndarray

    @property
    def median(self) -> tuple[int, int]:
        """Medians of the shorter and the longer side as height and width, the way most images lie."""
        short, long = np.median(np.sort(self.sizes, axis=1), axis=0).round().astype(int).tolist()
        upright = int((self.sizes[:, 0] > self.sizes[:, 1]).sum())
        return (long, short) if upright > len(self.sizes) / 2 else (short, long)

    @property
    def turned(self) -> bool:
        """Whether some images are upright and others lie."""
        return len(set(np.sign(self.sizes[:, 0] - self.sizes[:, 1]).tolist()) - {0}) > 1

    def common_scale(self, longest: int = LONGEST) -> tuple[int, int]:
        """Return the median height and width, scaled down to at most `longest` pixels on the longer side."""
        height, width = self.median
        factor = min(1.0, longest / max(height, width))
        return max(1, round(height * factor)), max(1, round(width * factor))

    @property
    def extremes(self) -> tuple[tuple[int, int], tuple[int, int], float]:
        """The smallest and the largest image, and how many times longer the longer side of that is."""
        factors = scale_factors(self.sizes, self.median)
        small, large = self.sizes[factors.argmax()].tolist(), self.sizes[factors.argmin()].tolist()
        return tuple(small), tuple(large), max(large) / max(small)

    def spread(self) -> str:
        """Says how the sizes differ.

        >>> ImageSizes(np.array([[159, 225], [640, 786]])).spread()
        'images differ in size 3.5x (159x225 .. 640x786, height x width)'
        >>> ImageSizes(np.array([[48, 64]])).spread()
        'all images are 48x64 (height x width)'
        """
        if (self.sizes == self.sizes[0]).all():
            return f"all images are {written(self.sizes[0])} (height x width)"
        small, large, times = self.extremes
        return f"images differ in size {times:.1f}x ({written(small)} .. {written(large)}, height x width)"
