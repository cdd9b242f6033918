"""Random smooth deformation, for tissue and other objects without straight lines."""

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from .random_affine_warp import warp_maps

__all__ = ["RandomElastic", "displacement"]


def displacement(size: tuple[int, int], spacing: float, strength: float) -> np.ndarray:
    """Draw normal displacements on a coarse grid and interpolate them.

    Args:
        size: Height and width.
        spacing: Distance of the grid's nodes, pixels.
        strength: Standard deviation at the nodes, pixels.

    Returns:
        (2, H, W) float32: right and down, pixels.
    """
    nodes = [max(2, int(np.ceil(side / spacing)) + 1) for side in size]
    coarse = np.random.normal(0, strength, (2, *nodes)).astype(np.float32)
    return np.stack([cv2.resize(c, size[::-1], interpolation=cv2.INTER_CUBIC) for c in coarse])


@TRANSFORMS.register_module()
class RandomElastic(BaseTransform):
    """Deform image and labels, as in Ronneberger et al., "U-Net", MICCAI 2015, section 3.1.

    Args:
        prob: Probability.
        spacing: Distance of the nodes that move, pixels.
        strength: Standard deviation of their displacement, pixels.
        pad: Value of the image outside.
        seg_pad: Label outside.
    """

    def __init__(
        self,
        prob: float = 0.5,
        spacing: float = 64,
        strength: float = 6,
        pad: float = 0,
        seg_pad: int = 255,
    ) -> None:
        self.prob, self.spacing, self.strength, self.pad, self.seg_pad = prob, spacing, strength, pad, seg_pad

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace `img` and every map of `seg_fields`."""
        if np.random.random_sample() >= self.prob:
            return results
        height, width = results["img"].shape[:2]
        right, down = displacement((height, width), self.spacing, self.strength)
        x = np.arange(width, dtype=np.float32) + right
        y = np.arange(height, dtype=np.float32)[:, None] + down

        def warp(part: np.ndarray, interpolation: int, outside: float) -> np.ndarray:
            return cv2.remap(part, x, y, interpolation, borderMode=cv2.BORDER_CONSTANT, borderValue=outside)

        return warp_maps(results, warp, self.pad, self.seg_pad)
