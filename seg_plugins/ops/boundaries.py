"""Boundaries of label maps: where they are, and how close those of two maps lie. No registry, no state."""

from typing import NamedTuple

import cv2
import numpy as np
from scipy.spatial import cKDTree

__all__ = ["BoundaryCounts", "boundary_areas", "boundary_counts", "boundary_f1", "boundary_map", "near"]


class BoundaryCounts(NamedTuple):
    """Boundary pixels of one image, each array (K,).

    Attributes:
        pred: Boundary pixels of the prediction, int64.
        pred_hit: Those of `pred` within the tolerance of the true boundary of the same class.
        true: Boundary pixels of the ground truth.
        true_hit: Those of `true` within the tolerance of the predicted boundary of the same class.
        present: How many of the two maps contain the class: 0, 1 or 2.
    """

    pred: np.ndarray
    pred_hit: np.ndarray
    true: np.ndarray
    true_hit: np.ndarray
    present: np.ndarray


def boundary_map(labels: np.ndarray, valid: np.ndarray) -> np.ndarray:
    """Find the pixels with a horizontal or vertical neighbour of another class.

    Neither the image border nor a pixel without a label makes a boundary.

    Args:
        labels: (H, W) ids.
        valid: (H, W) bool; False where there is no label.

    Returns:
        (H, W) bool.

    Example:
        >>> boundary_map(np.array([[0, 0, 1, 1]]), np.ones((1, 4), bool)).tolist()
        [[False, True, True, False]]
    """
    found = np.zeros(labels.shape, bool)
    for here, there in (
        ((slice(None), slice(None, -1)), (slice(None), slice(1, None))),
        ((slice(None, -1), slice(None)), (slice(1, None), slice(None))),
    ):
        change = (labels[here] != labels[there]) & valid[here] & valid[there]
        found[here] |= change
        found[there] |= change
    return found


def near(mask: np.ndarray, distance: float) -> np.ndarray:
    """Find the pixels at most `distance` (pixels, Euclidean) from a pixel of `mask`.

    Args:
        mask: (H, W) bool.
        distance: At least 0.

    Returns:
        (H, W) bool; all False for an empty mask.
    """
    if not mask.any():
        return np.zeros(mask.shape, bool)
    field = cv2.distanceTransform((~mask).view(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_PRECISE)
    return field < _between_integers(distance)


def boundary_counts(
    pred: np.ndarray, true: np.ndarray, valid: np.ndarray, num_classes: int, tolerance: float
) -> BoundaryCounts:
    """Match the boundaries of two label maps class by class.

    Neighbours are searched for among boundary pixels only (a k-d tree), so the cost follows the length of the
    outlines, not classes times pixels. The class is a third coordinate, so one search serves all classes.

    Args:
        pred: (H, W) predicted ids.
        true: (H, W) true ids.
        valid: (H, W) bool, False at pixels without ground truth, which are not counted.
        num_classes: K.
        tolerance: Pixels.

    Returns:
        Counts per class.
    """
    edges = [boundary_map(m, valid) for m in (pred, true)]
    present = sum((_per_class(m[valid], num_classes) > 0).astype(np.int64) for m in (pred, true))
    same = edges[0] & edges[1] & (pred == true)  # distance 0: no search needed
    hits = []
    for here, there, labels, others in ((0, 1, pred, true), (1, 0, true, pred)):
        found = _matched(edges[here] & ~same, labels, edges[there], others, tolerance)
        hits.append(_per_class(labels[same], num_classes) + _per_class(found, num_classes))
    lengths = [_per_class(m[e], num_classes) for m, e in zip((pred, true), edges, strict=True)]
    return BoundaryCounts(lengths[0], hits[0], lengths[1], hits[1], present)


def _per_class(ids: np.ndarray, num_classes: int) -> np.ndarray:
    return np.bincount(ids, minlength=num_classes)[:num_classes]


def _matched(
    edge: np.ndarray, labels: np.ndarray, other_edge: np.ndarray, others: np.ndarray, tolerance: float
) -> np.ndarray:
    """Return ids of the pixels of `edge` within the tolerance of one of `other_edge` with the same id."""
    queries, targets = _points(edge, labels), _points(other_edge, others)
    if not len(queries) or not len(targets):
        return np.zeros(0, np.int64)
    tree = cKDTree(targets, compact_nodes=False, balanced_tree=False)
    distance, _ = tree.query(queries, distance_upper_bound=_between_integers(tolerance))
    return labels[edge][np.isfinite(distance)]


def _points(edge: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return (points, 3): row, column, and class, scaled beyond any distance in the image."""
    rows, columns = np.nonzero(edge)
    return np.stack([rows, columns, labels[edge] * float(sum(edge.shape))], axis=1)


def _between_integers(distance: float) -> float:
    """Return a bound that separates as `distance` does, but that no distance of two pixels equals exactly."""
    return float(np.sqrt(np.floor(distance**2 * (1 + 1e-12)) + 0.5))


def boundary_f1(counts: BoundaryCounts) -> np.ndarray:
    """Compute the F1 score of boundary precision and recall (Csurka et al., BMVC 2013, section 3.2).

    The counts are those of one image. A class in only one of the maps scores 0. A class that fills all
    labelled pixels of both maps has no boundary to miss and scores 1.

    Returns:
        (K,) float64 in 0..1; nan for classes in neither map.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        precision = np.where(counts.pred > 0, counts.pred_hit / counts.pred, 0)
        recall = np.where(counts.true > 0, counts.true_hit / counts.true, 0)
        score = np.where(precision + recall > 0, 2 * precision * recall / (precision + recall), 0)
    whole = (counts.pred == 0) & (counts.true == 0) & (counts.present == 2)
    return np.where(counts.present == 0, np.nan, np.where(whole, 1.0, score))


def boundary_areas(
    pred: np.ndarray, true: np.ndarray, valid: np.ndarray, num_classes: int, width: int
) -> np.ndarray:
    """Compute the areas of the inner boundary bands, for Boundary IoU (Cheng et al., CVPR 2021, eq. 1).

    The band of a class holds its pixels that are at most `width` pixels away, in rows and columns, from
    another class or from the outside of the image, as in the authors' code (3x3 erosions). Pixels without a
    label make no band. One pass serves all classes: a pixel is in a band where the smallest and the largest
    id around it differ.

    Args:
        pred: (H, W) predicted ids.
        true: (H, W) true ids.
        valid: (H, W) bool, False at pixels without ground truth.
        num_classes: K.
        width: Pixels, at least 1.

    Returns:
        (3, K) int64 pixels: intersection, predicted band, true band.
    """
    bands = [_band(m, valid, width) for m in (pred, true)]
    common = bands[0] & bands[1] & (pred == true)
    chosen = (true[common], pred[bands[0]], true[bands[1]])
    return np.stack([np.bincount(v, minlength=num_classes)[:num_classes] for v in chosen])


def _band(labels: np.ndarray, valid: np.ndarray, width: int) -> np.ndarray:
    dtype = np.uint8 if labels.max(initial=0) < 255 else np.uint16
    kernel = np.ones((2 * width + 1, 2 * width + 1), np.uint8)
    lowest = cv2.erode(np.where(valid, labels, np.iinfo(dtype).max).astype(dtype), kernel)
    highest = cv2.dilate(np.where(valid, labels, 0).astype(dtype), kernel)
    band = lowest != highest
    band[:width] = band[-width:] = True
    band[:, :width] = band[:, -width:] = True
    return band & valid
