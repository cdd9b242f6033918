"""Confusion matrices of label maps and the scores that follow from them. No registry, no state."""

from typing import NamedTuple

import cv2
import numpy as np
import torch
from torch import Tensor

__all__ = [
    "ConfusionCounts",
    "class_areas",
    "confusion_matrix",
    "confusion_on_device",
    "present_mean",
    "scores_from_areas",
]

_EXACT_FLOAT32 = 1 << 24  # beyond it, adding 1 to a float32 has no effect
_IDS = 256


class ConfusionCounts(NamedTuple):
    """Result of comparing two label maps.

    Attributes:
        matrix: int64 array (K, K), pixels; row = ground truth, column = prediction.
        outside: ground-truth ids that are neither a class nor the ignored id, with their pixel counts.
            These pixels are not in `matrix`.
    """

    matrix: np.ndarray
    outside: dict[int, int]


def confusion_matrix(
    pred: Tensor | np.ndarray, target: Tensor | np.ndarray, num_classes: int, ignore_index: int | None = 255
) -> ConfusionCounts:
    """Count pixels by (true class, predicted class).

    Maps that fit into bytes go through OpenCV's two-dimensional histogram, which is several times faster than
    an integer `bincount`. Its counters are float32, so it gets blocks small enough for exact counts.

    Args:
        pred: Predicted ids, any shape, integer or integer-valued float.
        target: Ground-truth ids, as many elements as `pred`.
        num_classes: K. Valid ids are 0..K-1.
        ignore_index: Ground-truth id of pixels that are not evaluated; None if there is none.

    Returns:
        Counts over all pixels whose ground truth is a class.

    Raises:
        ValueError: If the maps differ in size, or an evaluated pixel is predicted as an id outside 0..K-1.

    Example:
        >>> confusion_matrix(np.array([0, 1, 1, 0]), np.array([0, 1, 0, 255]), num_classes=2).matrix.tolist()
        [[1, 1], [0, 1]]
    """
    pred, target = _flat(pred), _flat(target)
    if pred.shape != target.shape:
        raise ValueError(f"the prediction has {len(pred)} pixels, the ground truth {len(target)}")
    if num_classes <= _IDS and pred.device.type == "cpu":
        narrow = _as_bytes(pred), _as_bytes(target)
        if narrow[0] is not None and narrow[1] is not None:
            counts = _histogram(narrow[1], narrow[0])
            return _split(counts, num_classes, ignore_index)
    return _by_bincount(pred, target, num_classes, ignore_index)


def _flat(ids: Tensor | np.ndarray) -> Tensor:
    ids = torch.as_tensor(ids).reshape(-1)
    if ids.is_floating_point() or ids.dtype == torch.bool:
        return ids.to(torch.int64)
    return ids


def _as_bytes(ids: Tensor) -> np.ndarray | None:
    """Return `ids` as uint8, or None if a value does not fit."""
    array = ids.numpy()
    if array.dtype != np.uint8:
        if (
            array.size and np.bitwise_or.reduce(array) & ~0xFF
        ):  # any bit above the lowest eight, sign included
            return None
        array = array.astype(np.uint8)
    return array


def _histogram(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Return the joint int64 histogram (256, 256) of two uint8 vectors of equal length."""
    total = np.zeros((_IDS, _IDS), np.int64)
    for start in range(0, len(rows), _EXACT_FLOAT32):
        block = [
            np.ascontiguousarray(v[start : start + _EXACT_FLOAT32]).reshape(1, -1) for v in (rows, columns)
        ]
        counts = cv2.calcHist(block, [0, 1], None, [_IDS, _IDS], [0, _IDS, 0, _IDS])
        total += counts.astype(np.int64)
    return total


def _split(counts: np.ndarray, num_classes: int, ignore_index: int | None) -> ConfusionCounts:
    """Cut the joint histogram of all byte values into classes, ignored and outside."""
    counts = counts.copy()
    if ignore_index is not None and 0 <= ignore_index < _IDS:
        counts[ignore_index] = 0
    rows = counts[num_classes:].sum(axis=1)
    outside = {int(i) + num_classes: int(rows[i]) for i in np.flatnonzero(rows)}
    wrong = np.flatnonzero(counts[:num_classes, num_classes:].sum(axis=0))
    _refuse_predictions([int(i) + num_classes for i in wrong], num_classes)
    return ConfusionCounts(counts[:num_classes, :num_classes], outside)


def _by_bincount(pred: Tensor, target: Tensor, num_classes: int, ignore_index: int | None) -> ConfusionCounts:
    """Count ids of any range, on any device."""
    pred, target = pred.long(), target.to(pred.device).long()
    if ignore_index is not None:
        kept = target != ignore_index
        pred, target = pred[kept], target[kept]
    inside = (target >= 0) & (target < num_classes)
    ids, pixels = target[~inside].unique(return_counts=True)
    outside = dict(zip(ids.tolist(), pixels.tolist(), strict=True))
    pred, target = pred[inside], target[inside]
    wrong = pred[(pred < 0) | (pred >= num_classes)].unique()
    _refuse_predictions(wrong.tolist(), num_classes)
    counts = torch.bincount(target * num_classes + pred, minlength=num_classes**2)
    return ConfusionCounts(counts.reshape(num_classes, num_classes).cpu().numpy(), outside)


def confusion_on_device(
    pred: Tensor, target: Tensor, num_classes: int, ignore_index: int | None = 255
) -> tuple[Tensor, Tensor]:
    """Count as `confusion_matrix` does, without a wait for the device: what is wrong is counted, not raised.

    Args:
        pred: Predicted ids, any shape, integer or integer-valued float.
        target: Ground-truth ids, as many elements as `pred`.
        num_classes: K. Valid ids are 0..K-1.
        ignore_index: Ground-truth id of pixels that are not evaluated; None if there is none.

    Returns:
        The int64 matrix (K, K), and int64 (2, 3): pixels, lowest and highest id outside the classes, of the
        ground truth and of the prediction. All lie on the device of `pred`.
    """
    pred, target = _flat(pred).long(), _flat(target).to(pred.device, non_blocking=True).long()
    evaluated = torch.ones_like(target, dtype=torch.bool) if ignore_index is None else target != ignore_index
    known = (target >= 0) & (target < num_classes)
    predicted = (pred >= 0) & (pred < num_classes)
    cell = torch.where(evaluated & known & predicted, target * num_classes + pred, num_classes**2)
    counts = cell.new_zeros(num_classes**2 + 1).scatter_add_(0, cell, torch.ones_like(cell))
    strays = [_stray(target, evaluated & ~known), _stray(pred, evaluated & known & ~predicted)]
    return counts[:-1].view(num_classes, num_classes), torch.stack(strays)


def _stray(ids: Tensor, wrong: Tensor) -> Tensor:
    """Return the number of wrong ids, and the lowest and highest of them."""
    ends = torch.iinfo(torch.int64)
    low, high = torch.where(wrong, ids, ends.max).amin(), torch.where(wrong, ids, ends.min).amax()
    return torch.stack([wrong.sum(), low, high])


def _refuse_predictions(ids: list[int], num_classes: int) -> None:
    if ids:
        raise ValueError(
            f"predicted ids {ids} are outside 0..{num_classes - 1}: "
            "the model has other classes than the data set"
        )


def class_areas(matrix: np.ndarray) -> np.ndarray:
    """Return areas (..., 3, K) = intersection, predicted, true, in pixels, for matrices (..., K, K)."""
    intersect = np.diagonal(matrix, axis1=-2, axis2=-1)
    return np.stack([intersect, matrix.sum(axis=-2), matrix.sum(axis=-1)], axis=-2)


def scores_from_areas(areas: np.ndarray, beta: float = 1.0) -> dict[str, np.ndarray]:
    """Compute per-class scores from areas.

    A class that occurs in neither truth nor prediction has no IoU, Dice or Fscore (nan). A class that occurs
    in only one of them scores 0 in all three. Acc and Recall are nan without true pixels, Precision is nan
    without predicted pixels.

    Args:
        areas: (..., 3, K) intersection, predicted and true pixels, see `class_areas`.
        beta: Weight of recall against precision in Fscore (van Rijsbergen 1979); 1 gives the Dice
            coefficient.

    Returns:
        IoU, Acc, Dice, Fscore, Precision and Recall, each float64 (..., K) in 0..1.

    Example:
        >>> scores_from_areas(np.array([[2, 0], [4, 0], [2, 0]]))["IoU"].tolist()
        [0.5, nan]
    """
    intersect, pred, true = (areas[..., i, :].astype(np.float64) for i in range(3))
    with np.errstate(divide="ignore", invalid="ignore"):
        return {
            "IoU": intersect / (pred + true - intersect),
            "Acc": intersect / true,
            "Dice": 2 * intersect / (pred + true),
            "Fscore": (1 + beta**2) * intersect / (beta**2 * true + pred),
            "Precision": intersect / pred,
            "Recall": intersect / true,
        }


def present_mean(values: np.ndarray) -> np.ndarray:
    """Average over the last axis without nan; nan if nothing is left."""
    valid = ~np.isnan(values)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.where(valid, values, 0).sum(axis=-1) / valid.sum(axis=-1)
