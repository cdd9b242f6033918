"""The sizes of images, and the scales at which a config trains and tests them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from seg_plugins.datasets.image_sizes import ImageSizes, scale_factors, written

__all__ = ["factors_of", "scale_text"]

VARIES = 1.25
FAR = 1.15  # largest ratio of a test's scale to the scales of training


def factors_of(steps: Sequence[Mapping[str, Any]], sizes: np.ndarray) -> np.ndarray:
    """Return the smallest and the largest factor by which a pipeline scales images.

    Args:
        steps: Configs of its transforms; unknown transforms count as not scaling.
        sizes: (N, 2) height and width of the images.

    Returns:
        (2, N) factors.
    """
    low = high = np.ones(len(sizes))
    for step in steps:
        lowest, highest = step_factors(step, sizes)
        low, high = low * lowest, high * highest
    return np.stack([low, high])


def step_factors(step: Mapping[str, Any], sizes: np.ndarray) -> np.ndarray:
    """Return the factors of one transform, as `factors_of` does."""
    kind = str(step.get("type", "")).rsplit(".", 1)[-1]
    ones = np.ones((2, len(sizes)))
    if kind == "Resize" and step.get("scale_factor"):
        factor = step["scale_factor"]
        return ones * (np.mean(factor) if isinstance(factor, Sequence) else factor)
    if kind == "Resize" and step.get("scale"):
        return ones * of_scale(step, step["scale"], sizes)
    if kind == "RandomResize":
        scales = step["scale"] if isinstance(step["scale"], list) else [step["scale"]]
        least, most = step.get("ratio_range") or (1.0, 1.0)
        factors = [of_scale(step, scale, sizes) for scale in scales]
        return np.stack([np.min(factors, axis=0) * least, np.max(factors, axis=0) * most])
    if kind == "RandomChoiceResize":
        options = dict(step.get("resize_cfg") or {})
        factors = [of_scale({**options, **step}, scale, sizes) for scale in step["scales"]]
        return np.stack([np.min(factors, axis=0), np.max(factors, axis=0)])
    if kind == "RandomChoice":
        choices = [factors_of(steps, sizes) for steps in step["transforms"]]
        return np.stack([np.min([c[0] for c in choices], axis=0), np.max([c[1] for c in choices], axis=0)])
    return ones


def of_scale(step: Mapping[str, Any], scale: Any, sizes: np.ndarray) -> np.ndarray:
    """Return factors (N,) of a resize to a scale (W, H), or the mean of both sides if shapes are not kept."""
    if isinstance(scale, int):
        return scale / sizes.min(axis=1)
    if step.get("keep_ratio"):
        return scale_factors(sizes, tuple(scale))
    return (np.asarray(scale[::-1], float) / sizes).mean(axis=1)


def scale_text(
    train: Sequence[Mapping[str, Any]], test: Sequence[Mapping[str, Any]], sizes: np.ndarray
) -> tuple[str, str] | None:
    """Describe how sizes differ, and at which scales images are trained and tested.

    Args:
        train: Configs of the transforms of training.
        test: Configs of the transforms of a test.
        sizes: (N, 2) height and width of all images.

    Returns:
        Level and text of the finding, or None if there is nothing to report: images of about one size that
        are tested at the scale of training.
    """
    found = ImageSizes(sizes)
    trained, tested = factors_of(train, sizes), factors_of(test, sizes).mean(axis=0)
    outside = (tested * FAR < trained[0]) | (tested > FAR * trained[1])
    middle = int(np.argsort(sizes.prod(axis=1))[len(sizes) // 2])
    seen = [written(sizes[middle] * factor) for factor in (*trained[:, middle], tested[middle])]
    what = f"one of {written(sizes[middle])} is trained at {seen[0]} to {seen[1]} and tested at {seen[2]}"
    text = f"{found.spread()}; {what}"
    if outside.mean() > 0.1:
        way_out = "give the test pipeline the Resize of training"
        return "warning", (
            f"{text}; {outside.sum()} of {len(sizes)} are tested larger or smaller than in training: "
            f"{way_out}"
        )
    return ("note", text) if found.extremes[2] > VARIES else None
