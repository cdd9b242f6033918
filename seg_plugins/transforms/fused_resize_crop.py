"""Random resize and random crop in one step that computes only the pixels of the crop."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import cv2
import mmcv
import numpy as np
from mmcv.transforms import BaseTransform
from mmseg.registry import TRANSFORMS

from .pixel_values import in_channel_groups

__all__ = ["CropPlan", "FusedResizeCrop", "crop_classes", "crop_labels", "crop_pixels", "draw_crop"]

TRIES = 10  # as upstream, with cat_max_ratio
LEAD, TOLERANCE = 64, 1 / 64  # pixels


@dataclass(frozen=True)
class CropPlan:
    """A crop of a resized image, in pixels of the resized image.

    Attributes:
        source: Height and width of the image before resizing.
        resized: Height and width of the whole image after resizing.
        corner: Row and column of the crop's first pixel.
        size: Height and width of the crop, no larger than `resized`.
    """

    source: tuple[int, int]
    resized: tuple[int, int]
    corner: tuple[int, int]
    size: tuple[int, int]

    def steps(self) -> tuple[float, float]:
        """Return the source pixels per resized pixel, down and across."""
        return self.source[0] / self.resized[0], self.source[1] / self.resized[1]


def aligned(plan: CropPlan, axis: int) -> tuple[slice, int, float]:
    """Find a position before the crop at which pixels of the resized and the source image align.

    Args:
        plan: The crop.
        axis: 0 down, 1 across.

    Returns:
        Source pixels to resize, the number of surplus pixels before the crop, and the misalignment in source
        pixels: none at the border of the image, else the smallest within `LEAD` pixels.
    """
    step, corner = plan.steps()[axis], plan.corner[axis]
    least = int(np.ceil(0.5 / step - 0.5))  # so that the crop's first pixel has both its neighbours
    leads = np.arange(min(least, corner), min(least + LEAD, corner) + 1)
    starts = step * (corner - leads)
    offsets = np.abs(starts - np.rint(starts))
    best = int(np.argmin(offsets + 1e-6 * leads))
    first, lead = int(np.rint(starts[best])), int(leads[best])
    last = first + int(np.ceil(step * (lead + plan.size[axis]))) + 2
    return slice(first, min(plan.source[axis], last)), lead, float(offsets[best])


def sampled(image: np.ndarray, plan: CropPlan) -> np.ndarray:
    """Sample the crop point by point, which takes three times as long as resizing."""
    matrix, windows = np.zeros((2, 3)), []
    for axis, step in enumerate(plan.steps()):
        first = step * (plan.corner[axis] + 0.5) - 0.5  # pixel centres stay in place
        low = min(max(int(np.floor(first)), 0), plan.source[axis] - 1)
        windows.append(slice(low, int(np.floor(first + step * (plan.size[axis] - 1))) + 2))
        matrix[1 - axis, [1 - axis, 2]] = step, first - low

    def warp(part: np.ndarray) -> np.ndarray:
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(part, matrix, plan.size[::-1], flags=flags, borderMode=cv2.BORDER_REPLICATE)

    return in_channel_groups(np.ascontiguousarray(image[tuple(windows)]), warp)


def crop_pixels(image: np.ndarray, plan: CropPlan) -> np.ndarray:
    """Compute the crop of the bilinearly resized image from the source pixels under it.

    Args:
        image: (H, W) or (H, W, C), uint8 or float32; may be memory-mapped.
        plan: The crop.

    Returns:
        (h, w[, C]) of the same type: the result of `cv2.resize` followed by slicing, displaced by at most
        `TOLERANCE` source pixels.
    """
    (y, x), (h, w) = plan.corner, plan.size
    if plan.resized == plan.source:
        return np.array(image[y : y + h, x : x + w])
    (rows, above, down_off), (columns, before, right_off) = aligned(plan, 0), aligned(plan, 1)
    if max(down_off, right_off) > TOLERANCE:
        return sampled(image, plan)
    window, factors = image[rows, columns], [1 / step for step in plan.steps()]
    missing = [
        max(0, int(np.ceil((n - side * factor) / factor)) + 1) if n > round(side * factor) else 0
        for n, side, factor in zip((above + h, before + w), window.shape[:2], factors, strict=True)
    ]
    if any(missing):  # at the border OpenCV repeats the last pixel
        padding = [(0, n) for n in missing] + [(0, 0)] * (image.ndim - 2)
        window = np.pad(window, padding, mode="edge")
    whole = cv2.resize(np.ascontiguousarray(window), None, fx=factors[1], fy=factors[0])
    if whole.shape[:2] == window.shape[:2]:  # OpenCV then copies, whatever the factors
        return sampled(image, plan)
    whole = whole.reshape(*whole.shape[:2], *image.shape[2:])
    return np.ascontiguousarray(whole[above : above + h, before : before + w])


def nearest_indices(plan: CropPlan, axis: int) -> np.ndarray:
    """Return the source index of each row (axis 0) or column (1) of the crop, by OpenCV's nearest rule."""
    step = 1 / (plan.resized[axis] / plan.source[axis])
    places = np.arange(plan.corner[axis], plan.corner[axis] + plan.size[axis])
    return np.minimum((places * step).astype(np.int64), plan.source[axis] - 1)


def crop_labels(labels: np.ndarray, plan: CropPlan) -> np.ndarray:
    """Compute the crop of the label map (H, W) resized by nearest neighbour, exactly as OpenCV does."""
    return labels[nearest_indices(plan, 0)].take(nearest_indices(plan, 1), axis=1)


def crop_classes(labels: np.ndarray, ignore_index: int) -> np.ndarray:
    """Count the pixels of each class that occurs in (H, W) labels, without ignored ones."""
    if labels.dtype == np.uint8:
        counts = cv2.calcHist([labels], [0], None, [256], [0, 256]).ravel()
        if 0 <= ignore_index < 256:
            counts[ignore_index] = 0
        return counts[counts > 0]
    found, counts = np.unique(labels, return_counts=True)
    return counts[found != ignore_index]


def draw_crop(source: tuple[int, int], resized: tuple[int, int], crop_size: tuple[int, int]) -> CropPlan:
    """Draw a position from NumPy's generator, in the order of mmseg's `RandomCrop`."""
    margins = [max(whole - part, 0) for whole, part in zip(resized, crop_size, strict=True)]
    corner = (np.random.randint(0, margins[0] + 1), np.random.randint(0, margins[1] + 1))
    size = (min(resized[0], crop_size[0]), min(resized[1], crop_size[1]))
    return CropPlan(source, resized, corner, size)


@TRANSFORMS.register_module()
class FusedResizeCrop(BaseTransform):
    """`RandomResize` followed by `RandomCrop`, computed only within the crop.

    It draws the same numbers in the same order as mmcv's `RandomResize` followed by mmseg's `RandomCrop`:
    with one seed, both cut the same region at the same scale. Labels are equal; images are displaced by at
    most 1/64 of a source pixel. Images may have any number of channels.

    Args:
        scale: (W, H), or two of them between which each side is drawn, as in `RandomResize`.
        crop_size: (H, W) of the crop; an image that is smaller after resizing keeps its size.
        ratio_range: Smallest and largest factor on `scale`.
        keep_ratio: Whether the image keeps its aspect ratio and fits into the drawn scale.
        cat_max_ratio: Share of one class above which another position is drawn, ten times at most.
        ignore_index: Id that does not count for `cat_max_ratio`.
    """

    def __init__(
        self,
        scale: Sequence[int] | Sequence[Sequence[int]],
        crop_size: int | Sequence[int],
        ratio_range: tuple[float, float] | None = None,
        keep_ratio: bool = False,
        cat_max_ratio: float = 1.0,
        ignore_index: int = 255,
    ) -> None:
        self.scale, self.ratio_range, self.keep_ratio = scale, ratio_range, keep_ratio
        self.crop_size = (crop_size, crop_size) if isinstance(crop_size, int) else tuple(crop_size)
        self.cat_max_ratio, self.ignore_index = cat_max_ratio, ignore_index
        if ratio_range is None and not isinstance(scale[0], Sequence):
            self.ratio_range = (1.0, 1.0)

    def draw_scale(self) -> tuple[int, int]:
        """Draw the target (W, H) from NumPy's generator, in the order of mmcv's `RandomResize`."""
        if isinstance(self.scale[0], Sequence):
            (w0, h0), (w1, h1) = self.scale
            width = np.random.randint(min(w0, w1), max(w0, w1) + 1)
            return width, np.random.randint(min(h0, h1), max(h0, h1) + 1)
        low, high = self.ratio_range
        ratio = np.random.random_sample() * (high - low) + low
        return int(self.scale[0] * ratio), int(self.scale[1] * ratio)

    def draw(self, results: dict[str, Any]) -> tuple[CropPlan, tuple[int, int]]:
        """Draw scale and position; return the plan and the drawn scale (W, H)."""
        source = results["img"].shape[:2]
        scale = self.draw_scale()
        width, height = mmcv.rescale_size(source[::-1], scale) if self.keep_ratio else scale
        plan = draw_crop(source, (height, width), self.crop_size)
        labels = results.get("gt_seg_map")
        if self.cat_max_ratio < 1 and labels is not None:
            for _ in range(TRIES):
                counts = crop_classes(crop_labels(labels, plan), self.ignore_index)
                if len(counts) > 1 and counts.max() / counts.sum() < self.cat_max_ratio:
                    break
                plan = draw_crop(source, (height, width), self.crop_size)
        return plan, scale

    def transform(self, results: dict[str, Any]) -> dict[str, Any]:
        """Replace `img` and every map of `seg_fields` by the crop, and add what `RandomResize` adds."""
        plan, scale = self.draw(results)
        results["img"] = crop_pixels(results["img"], plan)
        for key in results.get("seg_fields", []):
            results[key] = crop_labels(results[key], plan)
        down, across = plan.steps()
        results.update(
            img_shape=results["img"].shape[:2],
            scale=scale,
            scale_factor=(1 / across, 1 / down),
            keep_ratio=self.keep_ratio,
        )
        return results
