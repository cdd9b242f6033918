"""Random occlusion of parts of the image, as by things in front of a camera."""

from typing import Any

import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

__all__ = ["RandomOcclusion"]


@TRANSFORMS.register_module()
class RandomOcclusion(BaseTransform):
    """Fill rectangles with their mean colour (cutout).

    By default the labels stay, so the network has to infer the hidden parts from their surroundings. Source:
    DeVries and Taylor, "Improved regularization of convolutional neural networks with cutout", 2017.

    Args:
        prob: Probability.
        count: Smallest and largest number of rectangles.
        size: Smallest and largest side, as shares of the image's.
        seg_value: Label for hidden pixels, such as 255; None keeps their labels.
    """

    def __init__(
        self,
        prob: float = 0.3,
        count: tuple[int, int] = (1, 4),
        size: tuple[float, float] = (0.05, 0.2),
        seg_value: int | None = None,
    ) -> None:
        self.prob, self.count, self.size, self.seg_value = prob, count, size, seg_value

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace `img`, and `gt_seg_map` if `seg_value` is set."""
        if np.random.random_sample() >= self.prob:
            return results
        results["img"] = image = results["img"].copy()
        hide = self.seg_value is not None and "gt_seg_map" in results
        if hide:
            results["gt_seg_map"] = results["gt_seg_map"].copy()
        whole = np.array(image.shape[:2])
        for _ in range(np.random.randint(self.count[0], self.count[1] + 1)):
            size = np.maximum(1, whole * np.random.uniform(*self.size, 2)).astype(int)
            top, left = (np.random.random_sample(2) * (whole - size + 1)).astype(int)
            place = np.s_[top : top + size[0], left : left + size[1]]
            image[place] = image[place].mean(axis=(0, 1)).astype(image.dtype)
            if hide:
                results["gt_seg_map"][place] = self.seg_value
        return results
