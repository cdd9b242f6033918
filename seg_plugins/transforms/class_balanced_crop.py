"""Crops around a pixel of a class, with all classes equally likely."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from mmseg.datasets.transforms import RandomCrop
from mmseg.registry import TRANSFORMS

__all__ = ["ClassBalancedCrop", "draw_corner"]


def draw_corner(point: int, part: int, whole: int) -> int:
    """Draw the start of a window of `part` pixels around `point` within `whole`; 0 if it is larger."""
    low, high = max(0, point - part + 1), min(point, whole - part)
    return int(np.random.randint(low, high + 1)) if high >= low else 0


@TRANSFORMS.register_module()
class ClassBalancedCrop(RandomCrop):
    """Crop around a pixel of a randomly drawn class.

    A class is drawn among those of the image, then one of its pixels, then a crop around that pixel. Rare
    classes are therefore seen as often as frequent ones.

    Args:
        crop_size: (H, W).
        prob: Probability; otherwise the crop is drawn as in mmseg's `RandomCrop`.
        weights: Relative frequency of each class; by default all are equal.
        **kwargs: Arguments of `RandomCrop`; `cat_max_ratio` applies only to crops drawn as there.
    """

    def __init__(
        self,
        crop_size: int | tuple[int, int],
        prob: float = 1.0,
        weights: Sequence[float] | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(crop_size if isinstance(crop_size, int) else tuple(crop_size), **kwargs)
        self.prob, self.weights = prob, weights

    def crop_bbox(self, results: dict[str, Any]) -> tuple[int, int, int, int]:
        """Draw top, bottom, left and right of the crop."""
        labels = results["gt_seg_map"]
        if np.random.random_sample() >= self.prob:
            return super().crop_bbox(results)
        classes = np.unique(labels)
        classes = classes[classes != self.ignore_index]
        weights = np.ones(len(classes)) if self.weights is None else np.asarray(self.weights)[classes]
        if not weights.sum():
            return super().crop_bbox(results)
        drawn = np.random.choice(classes, p=weights / weights.sum())
        places = np.flatnonzero(labels == drawn)
        y, x = divmod(int(places[np.random.randint(len(places))]), labels.shape[1])
        top, left = (
            draw_corner(point, part, whole)
            for point, part, whole in zip((y, x), self.crop_size, labels.shape, strict=True)
        )
        return top, top + self.crop_size[0], left, left + self.crop_size[1]
