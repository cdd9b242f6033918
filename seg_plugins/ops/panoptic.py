"""Panoptic segments: those of a label with instances, those of mask queries, and how many of them match."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor

from .instances import number_instances

__all__ = ["Segments", "merged_segments", "panoptic_counts", "true_segments"]


class Segments(NamedTuple):
    """Segments of one image; they do not overlap.

    Attributes:
        numbers: (H, W) int64: i in pixels of the segment i - 1, and 0 in those of none.
        classes: (G,) int64 class ids.
        crowd: (G,) bool, regions of several instances that are not told apart.
    """

    numbers: np.ndarray
    classes: np.ndarray
    crowd: np.ndarray


def true_segments(
    labels: np.ndarray, instances: np.ndarray | None, things: Sequence[int], ignore_index: int = 255
) -> Segments:
    """Return the segments of a label: an instance of a thing class, or all pixels of another class.

    Instances are those of `number_instances`; all pixels of one have the class of most of them. Pixels of a
    thing class outside every instance of the instance map are a crowd region of that class.

    Args:
        labels: (H, W) class ids, >= 0.
        instances: (H, W) instance ids, 0 = none; None uses the connected components of `things`.
        things: Class ids that have instances.
        ignore_index: Id of pixels without a label.

    >>> found = true_segments(np.array([[0, 1, 1, 255]]), np.array([[0, 7, 9, 0]]), [1])
    >>> found.numbers.tolist(), found.classes.tolist()
    ([[3, 1, 2, 0]], [1, 1, 0])
    """
    own, kinds = number_instances(labels, things, instances)
    numbers, classes, crowd = np.zeros(labels.shape, np.int64), [], []
    free = labels != ignore_index

    def add(pixels: np.ndarray, class_id: int, is_crowd: bool) -> None:
        classes.append(class_id)
        crowd.append(is_crowd)
        numbers[pixels] = len(classes)

    for number, class_id in enumerate(kinds.tolist(), 1):
        pixels = own == number
        if class_id in things:
            add(pixels, class_id, False)
        if class_id in things or class_id == ignore_index:
            free &= ~pixels
    for class_id in np.unique(labels[free]).tolist():
        add(free & (labels == class_id), class_id, class_id in things)
    return Segments(numbers, np.array(classes, np.int64), np.array(crowd, bool))


def merged_segments(
    classes: Tensor, scores: Tensor, masks: Tensor, things: Sequence[int], overlap: float = 0.8
) -> tuple[Tensor, Tensor]:
    """Merge the masks of queries to segments that do not overlap.

    A pixel belongs to the query with the largest product of score and mask probability, if that probability
    is at least 0.5. A query that keeps less than the share `overlap` of its mask is dropped. Segments of one
    class that is not a thing are one (Cheng et al., MaskFormer, NeurIPS 2021, section 3.4, "General
    inference").

    Args:
        classes: (Q,) int64 class ids of the queries to merge.
        scores: (Q,) float in 0..1.
        masks: (Q, H, W) logits.
        things: Class ids that have instances.
        overlap: In 0..1.

    Returns:
        Numbers (H, W) int64, 1..G and 0 where there is no segment, and classes (G,) int64.
    """
    none = torch.zeros(masks.shape[1:], dtype=torch.long, device=masks.device)
    if not len(classes):
        return none, classes
    inside = masks >= 0
    best = (scores[:, None, None] * masks.float().sigmoid()).argmax(0)
    won = torch.zeros_like(inside).scatter_(0, best[None], True)
    won_area, area = won.sum((1, 2)), inside.sum((1, 2))
    final = won & inside
    kept = (area > 0) & (won_area >= overlap * area) & final.any(2).any(1)
    numbers, found, stuff = none, [], {}
    for query, (class_id, keep) in enumerate(torch.stack([classes, kept.long()], 1).tolist()):  # one wait
        if not keep:
            continue
        if class_id in things or class_id not in stuff:
            found.append(class_id)
            stuff.setdefault(class_id, len(found))
        number = len(found) if class_id in things else stuff[class_id]
        numbers = torch.where(final[query], number, numbers)
    return numbers, torch.tensor(found, dtype=torch.long, device=masks.device)


def panoptic_counts(true: Segments, numbers: np.ndarray, classes: np.ndarray, num_classes: int) -> np.ndarray:
    """Match predicted segments with true ones and count (Kirillov et al., Panoptic Segmentation, CVPR 2019).

    A pair of one class matches if its IoU is above 0.5, where pixels without a true segment do not count in
    the union. Crowd regions need not be found. A segment without a match is no false positive if more than
    half of it lies on pixels without a true segment or on crowd regions of its class, as in panopticapi.

    Args:
        true: The true segments.
        numbers: (H, W) integer, i in pixels of the predicted segment i - 1, 0 in those of none.
        classes: (P,) class ids of the predicted segments.
        num_classes: K.

    Returns:
        (K, 4) float64: sum of the IoUs of matches, matches, false positives, false negatives.
    """
    width = len(classes) + 1
    pairs = np.bincount((true.numbers * width + numbers).ravel(), minlength=(len(true.classes) + 1) * width)
    pairs = pairs.reshape(-1, width)
    true_area, area = pairs.sum(1)[1:], pairs.sum(0)[1:]
    common, void = pairs[1:, 1:], pairs[0, 1:]
    union = true_area[:, None] + area[None] - common - void[None]
    same = (true.classes[:, None] == classes[None]) & ~true.crowd[:, None]
    iou = np.where(same & (common > 0), common / np.maximum(union, 1), 0.0)
    rows, columns = np.nonzero(iou > 0.5)
    counts = np.zeros((num_classes, 4))
    np.add.at(counts[:, 0], classes[columns], iou[rows, columns])
    np.add.at(counts[:, 1], classes[columns], 1)
    missed = ~true.crowd
    missed[rows] = False
    crowds = ((true.classes[:, None] == classes[None]) & true.crowd[:, None]) * common
    wrong = (area > 0) & ~(2 * (void + crowds.sum(0)) > area)
    wrong[columns] = False
    np.add.at(counts[:, 2], classes[wrong], 1)
    np.add.at(counts[:, 3], true.classes[missed], 1)
    return counts
