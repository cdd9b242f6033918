"""Morphology on label maps, per class."""

from collections.abc import Iterable, Sequence

import cv2
import numpy as np
import torch
from mmseg.registry import MODELS
from scipy.ndimage import distance_transform_edt

from .prediction import BatchPrediction, PostprocessStep

__all__ = ["OPERATIONS", "Morphology", "class_mask", "clean_labels"]

OPERATIONS = ("open", "close", "fill_holes", "remove_small", "largest_component")


def _areas(mask: np.ndarray, connectivity: int) -> tuple[np.ndarray, np.ndarray]:
    """Return components (H, W) int32, 0 outside the mask, and their areas in pixels; area 0 is set to 0."""
    count, components = cv2.connectedComponents(mask.astype(np.uint8), connectivity=connectivity)
    areas = np.bincount(components.ravel(), minlength=count)
    areas[0] = 0
    return components, areas


def class_mask(mask: np.ndarray, operation: str, size: int, connectivity: int = 8) -> np.ndarray:
    """Apply one operation to the mask of one class.

    Args:
        mask: (H, W) bool.
        operation: `open` or `close` by a disc, `fill_holes`, `remove_small` or `largest_component`.
        size: Diameter of the disc in pixels; for `fill_holes` the largest area filled and for `remove_small`
            the smallest area kept, in pixels. `largest_component` ignores it.
        connectivity: 4 or 8 neighbours for pixels of the class; its holes use the other.

    Returns:
        (H, W) bool.

    Raises:
        ValueError: The operation is unknown.
    """
    if operation in ("open", "close"):
        disc = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (size, size))
        kind = cv2.MORPH_OPEN if operation == "open" else cv2.MORPH_CLOSE
        return cv2.morphologyEx(mask.astype(np.uint8), kind, disc).astype(bool)
    if operation == "fill_holes":
        components, areas = _areas(~mask, 12 - connectivity)
        border = np.concatenate([components[[0, -1]].ravel(), components[:, [0, -1]].ravel()])
        hole = (areas > 0) & (areas <= size)
        hole[border] = False
        return mask | hole[components]
    components, areas = _areas(mask, connectivity)
    if operation == "remove_small":
        return (areas >= max(size, 1))[components]
    if operation == "largest_component":
        return mask & (components == areas.argmax())
    raise ValueError(f"operation={operation!r}: use one of {', '.join(OPERATIONS)}")


def clean_labels(
    labels: np.ndarray,
    operation: str,
    size: int,
    classes: Iterable[int],
    connectivity: int = 8,
) -> np.ndarray:
    """Apply one operation to several classes of a label map; see `class_mask`.

    Pixels that a class gains take its label; later classes override earlier ones. Pixels that classes lose
    take the label of the nearest pixel that no class lost. If there is no such pixel, the operation is
    skipped.

    Args:
        labels: (H, W) integer.
        operation: See `class_mask`.
        size: See `class_mask`.
        classes: Class ids to process.
        connectivity: 4 or 8.

    Returns:
        (H, W) of the same dtype.
    """
    out = labels.copy()
    lost = np.zeros(labels.shape, bool)
    for class_id in classes:
        mask = labels == class_id
        if not mask.any():
            continue
        new = class_mask(mask, operation, size, connectivity)
        out[new] = class_id
        lost |= mask & ~new
    if lost.any() and not lost.all():
        nearest = distance_transform_edt(lost, return_distances=False, return_indices=True)
        out[lost] = out[tuple(nearest[:, lost])]
    return out


@MODELS.register_module()
class Morphology(PostprocessStep):
    """Open, close, fill holes, remove small components or keep the largest, by class; see `clean_labels`.

    Args:
        operation: One of `OPERATIONS`.
        size: Diameter in pixels for `open` and `close` (default 3), area in pixels for `fill_holes` and
            `remove_small` (default 64).
        classes: Class ids to process; all by default.
        connectivity: 4 or 8.

    Raises:
        ValueError: The operation or the connectivity is unknown, or the size is not positive.
    """

    def __init__(
        self,
        operation: str,
        size: int | None = None,
        classes: Sequence[int] | None = None,
        connectivity: int = 8,
    ) -> None:
        super().__init__()
        if operation not in OPERATIONS:
            raise ValueError(f"Morphology(operation={operation!r}): use one of {', '.join(OPERATIONS)}")
        if connectivity not in (4, 8):
            raise ValueError(f"Morphology(connectivity={connectivity}): use 4 or 8")
        if size is not None and size < 1:
            raise ValueError(f"Morphology(size={size}): use a positive number of pixels")
        self.operation = operation
        self.size = size or (3 if operation in ("open", "close") else 64)
        self.classes = classes
        self.connectivity = connectivity

    def forward(self, prediction: BatchPrediction) -> BatchPrediction:
        """Clean the labels; the scores are not changed.

        Raises:
            ValueError: The model lacks one of `classes`.
        """
        classes = range(prediction.logits.shape[1]) if self.classes is None else self.classes
        prediction.check_classes(f"Morphology(classes={self.classes})", classes)
        cleaned = [
            clean_labels(labels, self.operation, self.size, classes, self.connectivity)
            for labels in prediction.labels.cpu().numpy()
        ]
        return prediction.with_labels(torch.from_numpy(np.stack(cleaned)).to(prediction.labels.device))
