"""The class values of masks that hold other values too: JPEG files, soft and resized masks.

A class fills areas, in which all neighbours of a pixel have its value. The noise around edges does not. The
values of such areas are the classes.
"""

from collections import Counter
from pathlib import Path

import cv2
import numpy as np

from seg_plugins.datasets.mask_code import LEAST_DISTANCE, Value

from .converter import SourceError

__all__ = ["LossySurvey"]

MOST_CLASSES = 32
LEAST_SHARE = 0.002  # least fraction of the pixels in areas for a class
DOUBTFUL_SHARE = 0.01  # fraction of the pixels in areas from which a near value is not noise
NEAR_END = 8
COLOUR_SPREAD = 4
FAR, MOST_UNSURE = 64, 0.02  # distance of a colour from all classes, and largest fraction of such pixels
NEIGHBOURS = np.ones((3, 3), np.uint8)


def area_values(values: np.ndarray) -> Counter[Value]:
    """Count the values of pixels (H, W[, C]) uint8 that all eight neighbours share.

    JPEG stores colours at half the resolution, so those of an area differ by a few levels. They are counted
    together.
    """
    spread = cv2.dilate(values, NEIGHBOURS) - cv2.erode(values, NEIGHBOURS)
    flat = spread == 0 if values.ndim == 2 else (spread <= COLOUR_SPREAD).all(axis=-1)
    return count_values(values[flat].reshape(int(flat.sum()), -1))


def count_values(pixels: np.ndarray) -> Counter[Value]:
    """Count pixels (M, C) by value; nearly equal colours are counted together."""
    if pixels.shape[1] > 1:
        pixels = pixels // COLOUR_SPREAD * COLOUR_SPREAD + COLOUR_SPREAD // 2
    found, counts = np.unique(pixels, axis=0, return_counts=True)
    return Counter(dict(zip(map(tuple, found.tolist()), counts.tolist(), strict=True)))


def snapped(value: Value) -> Value:
    """Move a value that is nearly black or white in a channel to the end of the scale."""
    return tuple(0 if v <= NEAR_END else 255 if v >= 255 - NEAR_END else v for v in value)


class LossySurvey:
    """Collects the values of lossy masks.

    Args:
        strict: Whether to refuse values that are so near to each other that they look like ids.
    """

    def __init__(self, strict: bool = True) -> None:
        self.strict = strict
        self.files: list[Path] = []
        self.areas: Counter[Value] = Counter()
        self.colours: Counter[Value] = Counter()
        self.brightest = 0
        self.extreme = self.pixels = 0

    def add(self, values: np.ndarray, path: Path) -> None:
        """Add a mask (H, W[, C]) uint8 to the survey.

        Raises:
            SourceError: If the mask has another type, or masks differ in their channels.
        """
        if values.dtype != np.uint8:
            raise SourceError(
                f"label {path} is of {values.dtype}: with 8 bits only, values in between are assigned "
                "to the nearest"
            )
        if values.ndim == 3 and np.ptp(values, axis=-1).max() <= 2 * NEAR_END:
            values = values[..., 0]
        self.files.append(path)
        self.areas += area_values(values)
        if values.ndim == 3:
            self.colours += count_values(values.reshape(-1, values.shape[2]))
        if len({len(value) for value in self.areas}) > 1:
            raise SourceError(f"label {path} has other channels than earlier masks: use one format for all")
        self.brightest = max(self.brightest, int(values.max()))
        self.extreme += int(((values <= 48) | (values >= 207)).sum())
        self.pixels += values.size

    def values(self) -> tuple[set[Value], list[str]]:
        """Return the classes' values, and notes for the user.

        Raises:
            SourceError: If they cannot be distinguished from the noise.
        """
        total = max(1, sum(self.areas.values()))
        listed = self.areas.most_common()
        numbers, counts = np.array([v for v, _ in listed]), np.array([n for _, n in listed])
        centres: list[Value] = []
        left = np.ones(len(listed), bool)
        for i, (value, _) in enumerate(listed):
            if not left[i]:
                continue
            near = left & (np.linalg.norm(numbers - numbers[i], axis=1) < LEAST_DISTANCE * len(value) ** 0.5)
            if counts[near].sum() >= LEAST_SHARE * total:
                doubtful = near & (counts >= DOUBTFUL_SHARE * total) & (np.arange(len(counts)) != i)
                if self.strict and len(value) == 1 and doubtful.any():
                    other = int(numbers[doubtful][0, 0])
                    raise SourceError(
                        self.refusal(f"areas of {value[0]} and of {other} are too near to each other")
                    )
                centres.append(value)
            left &= ~near
        self.require_near(centres)
        found = {snapped(centre) for centre in centres}
        two_ended = found <= {(0,), (255,)} and self.brightest >= 207 and self.extreme >= 0.8 * self.pixels
        if two_ended:  # thin objects may fill no area
            found = {(0,), (255,)}
        if not 1 < len(found) <= MOST_CLASSES or len({len(v) for v in found}) > 1:
            raise SourceError(self.refusal(f"{len(found)} values fill areas"))
        listed = ", ".join(str(v[0] if len(v) == 1 else v) for v in sorted(found))
        return found, [
            f"masks are JPEG or soft, such as {self.files[0]}: values between {listed} are "
            "assigned to the nearest, so edges are uncertain; PNG files without values in between are better"
        ]

    def require_near(self, centres: list[Value]) -> None:
        """Raise SourceError if many colours are near no class: small objects of a class may fill no area."""
        if not self.colours or not centres:
            return
        numbers, counts = np.array(list(self.colours)), np.array(list(self.colours.values()))
        far = np.min([np.linalg.norm(numbers - np.array(c), axis=1) for c in centres], axis=0) > FAR
        if counts[far].sum() > MOST_UNSURE * counts.sum():
            seldom = tuple(int(n) for n in numbers[far][counts[far].argmax()])
            raise SourceError(
                self.refusal(
                    f"{counts[far].sum() / counts.sum():.1%} of the pixels, such as {seldom}, are uncertain"
                )
            )

    def refusal(self, reason: str) -> str:
        """Return why the values cannot be determined, and what to do."""
        return (
            f"masks are JPEG or another lossy format, such as {self.files[0]}, which changes values, and "
            f"here {reason}: save masks as PNG, or pass --classes and --values at least {LEAST_DISTANCE} "
            "apart"
        )
