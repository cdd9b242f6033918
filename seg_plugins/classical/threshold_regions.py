"""Regions from thresholds on brightness."""

import cv2
import numpy as np
from mmseg.registry import TASK_UTILS

from .extra import classical_extra
from .regions import connected, numbered

__all__ = ["ThresholdRegions", "threshold"]

METHODS = ("otsu", "multi_otsu", "adaptive")


def threshold(
    grey: np.ndarray, method: str, levels: int = 3, window: int = 51, offset: float = 5.0
) -> np.ndarray:
    """Divide brightness into bins.

    Source: Otsu, IEEE Transactions on Systems, Man and Cybernetics 9(1), 1979; several levels: Liao et al.,
    JISE 17(5), 2001.

    Args:
        grey: (H, W) uint8.
        method: `otsu` (2 bins), `multi_otsu` (`levels` bins) or `adaptive` (2 bins: above the local mean or
            not).
        levels: Bins of `multi_otsu`.
        window: Side of the window of `adaptive`, odd, in pixels.
        offset: Grey levels below the local mean at which `adaptive` counts a pixel as dark.

    Returns:
        (H, W) int32, 0 = darkest bin.

    Raises:
        ValueError: The method is unknown.
    """
    if method == "otsu":
        return (cv2.threshold(grey, 0, 1, cv2.THRESH_BINARY | cv2.THRESH_OTSU)[1]).astype(np.int32)
    if method == "adaptive":
        kind = cv2.ADAPTIVE_THRESH_GAUSSIAN_C
        return cv2.adaptiveThreshold(grey, 1, kind, cv2.THRESH_BINARY, window, offset).astype(np.int32)
    if method == "multi_otsu":
        with classical_extra():
            from skimage.filters import threshold_multiotsu

        if len(np.unique(grey)) < levels:
            return numbered(grey)
        return np.digitize(grey, threshold_multiotsu(grey, levels), right=True).astype(np.int32)
    raise ValueError(f"method={method!r}: use one of {', '.join(METHODS)}")


@TASK_UTILS.register_module()
class ThresholdRegions:
    """One region per bin of brightness, or per connected component of it; see `threshold`.

    Args:
        method: `otsu`, `multi_otsu` or `adaptive`.
        levels: Bins of `multi_otsu`.
        window: Side of the window of `adaptive`, odd, in pixels.
        offset: Offset of `adaptive`, in grey levels.
        split: Split bins into connected components.
        min_area: Components of fewer pixels join a neighbour.

    Raises:
        ValueError: The method is unknown, `levels` is below 2, or `window` is not an odd number of at least
            3.
    """

    def __init__(
        self,
        method: str = "otsu",
        levels: int = 3,
        window: int = 51,
        offset: float = 5.0,
        split: bool = False,
        min_area: int = 20,
    ) -> None:
        if method not in METHODS:
            raise ValueError(f"ThresholdRegions(method={method!r}): use one of {', '.join(METHODS)}")
        if levels < 2 or window < 3 or window % 2 == 0:
            raise ValueError(
                f"ThresholdRegions(levels={levels}, window={window}): use 2 or more levels, and an odd window"
                " of 3 or more"
            )
        self.settings = dict(method=method, levels=levels, window=window, offset=offset)
        self.split = split
        self.min_area = min_area

    def __call__(self, image: np.ndarray) -> np.ndarray:
        """Compute regions (H, W) int32 of an image (H, W, 3) uint8 RGB."""
        bins = threshold(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), **self.settings)
        return connected(bins, self.min_area) if self.split else numbered(bins)
