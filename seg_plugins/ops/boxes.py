"""Boxes (x1, y1, x2, y2) in pixels, continuous coordinates: overlap, regression targets, suppression."""

import math

import torch
from torch import Tensor

__all__ = ["box_iou", "clip_boxes", "decode_boxes", "encode_boxes", "grouped_nms", "nms"]

MAX_LOG_SCALE = math.log(1000 / 16)


def box_iou(first: Tensor, second: Tensor) -> Tensor:
    """Intersection over union of every pair.

    Args:
        first: (A, 4) boxes.
        second: (B, 4) boxes.

    Returns:
        (A, B) in 0..1; 0 where both boxes are empty.

    >>> box_iou(torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([[1.0, 0, 3, 2]]))
    tensor([[0.3333]])
    """
    area = [(b[:, 2] - b[:, 0]) * (b[:, 3] - b[:, 1]) for b in (first, second)]
    top_left = torch.maximum(first[:, None, :2], second[None, :, :2])
    bottom_right = torch.minimum(first[:, None, 2:], second[None, :, 2:])
    overlap = (bottom_right - top_left).clamp(min=0).prod(-1)
    union = area[0][:, None] + area[1][None] - overlap
    return overlap / union.clamp(min=torch.finfo(overlap.dtype).tiny)


def _centre_and_size(boxes: Tensor) -> tuple[Tensor, Tensor]:
    size = boxes[:, 2:] - boxes[:, :2]
    return boxes[:, :2] + 0.5 * size, size


def encode_boxes(reference: Tensor, target: Tensor, stds: tuple[float, ...]) -> Tensor:
    """Regression targets (dx, dy, dw, dh) that carry `reference` to `target`.

    Girshick et al., Rich feature hierarchies, CVPR 2014, appendix C, eqs. 6 to 9, divided by `stds`.

    Args:
        reference: (R, 4) boxes of positive size.
        target: (R, 4) boxes of positive size.
        stds: the four standard deviations that normalise the targets.

    Returns:
        (R, 4) targets.
    """
    centre, size = _centre_and_size(reference)
    to_centre, to_size = _centre_and_size(target)
    deltas = torch.cat([(to_centre - centre) / size, torch.log(to_size / size)], 1)
    return deltas / deltas.new_tensor(stds)


def decode_boxes(reference: Tensor, deltas: Tensor, stds: tuple[float, ...]) -> Tensor:
    """The inverse of `encode_boxes`; growth is capped at 1000/16 so that an untrained head stays finite."""
    centre, size = _centre_and_size(reference)
    deltas = deltas * deltas.new_tensor(stds)
    centre = centre + deltas[:, :2] * size
    size = size * deltas[:, 2:].clamp(max=MAX_LOG_SCALE).exp()
    return torch.cat([centre - 0.5 * size, centre + 0.5 * size], 1)


def clip_boxes(boxes: Tensor, shape: tuple[int, int]) -> Tensor:
    """Boxes cut at the border of an image of `shape` (H, W)."""
    height, width = shape
    return torch.minimum(boxes.clamp(min=0), boxes.new_tensor([width, height, width, height]))


def nms(boxes: Tensor, scores: Tensor, threshold: float) -> Tensor:
    """Greedy non-maximum suppression without a loop over boxes.

    A box is kept when no kept box of a higher score overlaps it by more than `threshold`. That rule has one
    solution; repeating it from "all kept" reaches it, box by box in order of score, so that the result is
    exactly the greedy one.

    Args:
        boxes: (R, 4).
        scores: (R,).
        threshold: IoU in 0..1 above which the lower score goes.

    Returns:
        Indices of the kept boxes, highest score first.

    >>> nms(torch.tensor([[0.0, 0, 4, 4], [0, 0, 4, 3], [5, 5, 6, 6]]), torch.tensor([0.5, 0.9, 0.1]), 0.5)
    tensor([1, 2])
    """
    order = scores.argsort(descending=True, stable=True)
    boxes = boxes[order]
    suppresses = (box_iou(boxes, boxes) > threshold).triu(1)
    keep = torch.ones(len(boxes), dtype=torch.bool, device=boxes.device)
    while True:
        update = ~(suppresses & keep[:, None]).any(0)
        if torch.equal(update, keep):
            return order[keep]
        keep = update


def grouped_nms(boxes: Tensor, scores: Tensor, groups: Tensor, threshold: float) -> Tensor:
    """`nms` within each group (class or pyramid level); (R,) `groups`; indices, highest score first."""
    kept = [
        index[nms(boxes[index], scores[index], threshold)]
        for index in (torch.nonzero(groups == g)[:, 0] for g in groups.unique())
    ]
    if not kept:
        return groups.new_zeros(0, dtype=torch.long)
    keep = torch.cat(kept)
    return keep[scores[keep].argsort(descending=True, stable=True)]
