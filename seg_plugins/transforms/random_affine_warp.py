"""Random rotation, shear, scale and shift in one step."""

from typing import Any

import cv2
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from .pixel_values import in_channel_groups

__all__ = ["RandomAffineWarp", "affine_matrix", "warp_maps"]


def affine_matrix(
    size: tuple[int, int], degrees: float, shear: float, scale: float, shift: tuple[float, float]
) -> np.ndarray:
    """Build the map of (x, y) to the result, (2, 3) float64, which turns and scales about the centre.

    Args:
        size: Height and width.
        degrees: Anticlockwise rotation.
        shear: Degrees by which the vertical leans.
        scale: Factor.
        shift: Right and down, as shares of the width and height.
    """
    height, width = size
    centre = np.array([(width - 1) / 2, (height - 1) / 2])
    turn = cv2.getRotationMatrix2D((0, 0), degrees, scale)[:, :2]
    linear = turn @ np.array([[1, np.tan(np.radians(shear))], [0, 1]])
    offset = centre - linear @ centre + np.array(shift) * (width, height)
    return np.column_stack([linear, offset])


def warp_maps(results: dict[str, Any], warp: Any, pad: float, seg_pad: int) -> dict[str, Any]:
    """Warp the image bilinearly and every map of `seg_fields` by nearest neighbour.

    Args:
        results: With `img` and `seg_fields`.
        warp: Takes an array of at most four channels, an OpenCV interpolation and the value outside.
        pad: Value of the image outside.
        seg_pad: Label outside; an instance map gets 0.
    """
    image = results["img"]
    results["img"] = in_channel_groups(image, lambda part: warp(part, cv2.INTER_LINEAR, (pad,) * 4))
    for key in results.get("seg_fields", ()):
        outside = 0 if key == "gt_instance_map" else seg_pad
        results[key] = warp(results[key], cv2.INTER_NEAREST, outside)
    return results


@TRANSFORMS.register_module()
class RandomAffineWarp(BaseTransform):
    """Turn, shear, scale and shift image and labels; areas from outside the image are ignored.

    Args:
        prob: Probability.
        degrees: Largest rotation to either side.
        shear: Largest shear to either side, degrees.
        scale: Smallest and largest factor.
        shift: Largest shift, share of the side.
        pad: Value of the image outside.
        seg_pad: Label outside.
    """

    def __init__(
        self,
        prob: float = 0.5,
        degrees: float = 10,
        shear: float = 0,
        scale: tuple[float, float] = (1.0, 1.0),
        shift: float = 0,
        pad: float = 0,
        seg_pad: int = 255,
    ) -> None:
        self.prob, self.degrees, self.shear, self.scale = prob, degrees, shear, scale
        self.shift, self.pad, self.seg_pad = shift, pad, seg_pad

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace `img` and every map of `seg_fields`."""
        if np.random.random_sample() >= self.prob:
            return results
        size = results["img"].shape[:2]
        degrees = np.random.uniform(-self.degrees, self.degrees)
        shear = np.random.uniform(-self.shear, self.shear)
        scale = np.random.uniform(*self.scale)
        shift = tuple(np.random.uniform(-self.shift, self.shift, 2))
        matrix = affine_matrix(size, degrees, shear, scale, shift)

        def warp(part: np.ndarray, interpolation: int, outside: float) -> np.ndarray:
            return cv2.warpAffine(part, matrix, size[::-1], flags=interpolation, borderValue=outside)

        return warp_maps(results, warp, self.pad, self.seg_pad)
