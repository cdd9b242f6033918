"""Resizing of masks to the size of their images."""

from collections.abc import Sequence
from pathlib import Path

import cv2
import numpy as np

from seg_plugins.datasets.label_check import describe_sizes
from seg_plugins.datasets.mask_code import MaskCode
from seg_plugins.files.atomic import write_bytes
from seg_plugins.files.picture_pixels import picture_size
from seg_plugins.progress import track

from .faults import OTHER_SHAPE, OTHER_SIZE, Fault
from .writing import encode_png

__all__ = ["same_shape", "size_fault", "write_resized"]

TOLERANCE = 0.03


def same_shape(size: tuple[int, int], other: tuple[int, int]) -> bool:
    """Test whether two sizes (H, W) differ only in scale, up to rounding.

    >>> same_shape((408, 612), (500, 750)), same_shape((640, 480), (480, 640))
    (True, False)
    """
    ratios = size[0] / other[0], size[1] / other[1]
    pixel = max(1 / min(size), 1 / min(other))
    return abs(ratios[0] / ratios[1] - 1) <= max(TOLERANCE, pixel)


def size_fault(
    labels: np.ndarray, mask: Path, size: tuple[int, int], image: Path, resize: bool
) -> tuple[np.ndarray, Fault | None]:
    """Compare the size of a mask with that of its image.

    Args:
        labels: (H, W) uint8, content of the mask.
        mask: Its file.
        size: (H, W) of the image.
        image: The image file.
        resize: Whether a mask of another size, but of the same shape, is resized by nearest neighbour.

    Returns:
        The labels, in the size of the image if they were resized; and the fault, or None.
    """
    if labels.shape == tuple(size):
        return labels, None
    text = describe_sizes(mask, labels.shape, image, size)
    if not same_shape(labels.shape, size):
        return labels, Fault(OTHER_SHAPE, text)
    if not resize:
        return labels, Fault(OTHER_SIZE, text)
    return cv2.resize(labels, tuple(size)[::-1], interpolation=cv2.INTER_NEAREST_EXACT), None


def write_resized(
    images: Sequence[Path], masks: Sequence[Path], stems: Sequence[str], code: MaskCode, out: Path
) -> None:
    """Write all masks as class ids in the size of their images, `out/labels/<stem>.png`; 255 is ignored.

    Args:
        images: The image files.
        masks: Their masks.
        stems: Names of the images without suffix.
        code: The mask code.
        out: Folder of the results.
    """
    for image, mask, stem in track(zip(images, masks, stems, strict=True), "resizing masks", len(images)):
        labels = code.read(mask.read_bytes(), mask)
        labels, _ = size_fault(labels, mask, picture_size(image), image, resize=True)
        path = out / "labels" / f"{stem}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_bytes(path, encode_png(labels))
