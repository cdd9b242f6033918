"""Boxes (x1, y1, x2, y2) in pixels, in continuous coordinates: overlap, regression targets, suppression."""

import math
from itertools import count

import torch
from torch import Tensor

from .constants import device_constant

__all__ = ["box_iou", "clip_boxes", "decode_boxes", "encode_boxes", "greedy_keep", "grouped_nms", "nms"]

MAX_LOG_SCALE = math.log(1000 / 16)
PAIRS = 2**23  # overlaps held at once; `box_iou` takes 24 bytes for each, 192 MiB in all


def box_iou(first: Tensor, second: Tensor) -> Tensor:
    """Compute the intersection over union of every pair.

    Args:
        first: (..., A, 4) boxes.
        second: (..., B, 4) boxes.

    Returns:
        (..., A, B) in 0..1; 0 where both boxes are empty.

    >>> box_iou(torch.tensor([[0.0, 0, 2, 2]]), torch.tensor([[1.0, 0, 3, 2]]))
    tensor([[0.3333]])
    """
    x1, y1, x2, y2 = first[..., :, None, :].unbind(-1)
    u1, v1, u2, v2 = second[..., None, :, :].unbind(-1)
    width = (torch.minimum(x2, u2) - torch.maximum(x1, u1)).clamp(min=0)
    height = (torch.minimum(y2, v2) - torch.maximum(y1, v1)).clamp(min=0)
    overlap = width * height
    union = (x2 - x1) * (y2 - y1) + (u2 - u1) * (v2 - v1) - overlap
    return overlap / union.clamp(min=torch.finfo(overlap.dtype).tiny)


def _centre_and_size(boxes: Tensor) -> tuple[Tensor, Tensor]:
    size = boxes[..., 2:] - boxes[..., :2]
    return boxes[..., :2] + 0.5 * size, size


def encode_boxes(reference: Tensor, target: Tensor, stds: tuple[float, ...]) -> Tensor:
    """Compute the regression targets (dx, dy, dw, dh) that map `reference` to `target`.

    Girshick et al., Rich feature hierarchies, CVPR 2014, appendix C, eqs. 6 to 9, divided by `stds`.

    Args:
        reference: (R, 4) boxes of positive size.
        target: (R, 4) boxes of positive size.
        stds: The four standard deviations that normalise the targets.

    Returns:
        (R, 4) targets.
    """
    centre, size = _centre_and_size(reference)
    to_centre, to_size = _centre_and_size(target)
    deltas = torch.cat([(to_centre - centre) / size, torch.log(to_size / size)], 1)
    return deltas / device_constant(stds, deltas.dtype, deltas.device)


def decode_boxes(reference: Tensor, deltas: Tensor, stds: tuple[float, ...]) -> Tensor:
    """Invert `encode_boxes` for boxes of shape (..., 4).

    Growth is capped at 1000/16 so that an untrained head stays finite.
    """
    centre, size = _centre_and_size(reference)
    deltas = deltas * device_constant(stds, deltas.dtype, deltas.device)
    centre = centre + deltas[..., :2] * size
    size = size * deltas[..., 2:].clamp(max=MAX_LOG_SCALE).exp()
    return torch.cat([centre - 0.5 * size, centre + 0.5 * size], -1)


def clip_boxes(boxes: Tensor, shape: tuple[int, int]) -> Tensor:
    """Clip boxes to the border of an image of `shape` (H, W)."""
    height, width = shape
    x, y = boxes[..., 0::2].clamp(0, width), boxes[..., 1::2].clamp(0, height)
    return torch.stack([x, y], -1).flatten(-2)


def greedy_keep(boxes: Tensor, threshold: float, valid: Tensor | None = None) -> Tensor:
    """Suppress overlapping boxes greedily in order of score, without a loop over boxes.

    A box is kept if no kept box before it overlaps it by more than `threshold`. This rule has exactly one
    solution. Applying it repeatedly, starting from "all kept", settles the boxes one by one in order of
    score, so the result is exactly the greedy one. Whether all are settled is checked after every round on a
    CPU, and after rounds 8, 16, 32, ... on other devices, since every check waits for them.

    Args:
        boxes: (..., R, 4), highest score first; sets along the leading axes are independent.
        threshold: IoU in 0..1 above which the box of the lower score is dropped.
        valid: (..., R) bool; invalid boxes are not kept and suppress none.

    Returns:
        (..., R) bool.
    """
    valid = boxes.new_ones(boxes.shape[:-1], dtype=torch.bool) if valid is None else valid
    sets = max(1, PAIRS // max(1, boxes.shape[-2] ** 2))
    groups = boxes[None].flatten(0, -3).split(sets), valid[None].flatten(0, -2).split(sets)
    kept = [_keep_of_sets(*group, threshold) for group in zip(*groups, strict=True)]
    return torch.cat(kept).reshape(valid.shape)


def _keep_of_sets(boxes: Tensor, valid: Tensor, threshold: float) -> Tensor:
    suppresses = (box_iou(boxes, boxes) > threshold).triu(1).float()
    keep, check = valid, 1 if valid.device.type == "cpu" else 8
    for number in count(1):
        update = valid & ((keep[..., None, :].float() @ suppresses)[..., 0, :] == 0)
        if number == check:
            if torch.equal(update, keep):
                break
            check = number + 1 if valid.device.type == "cpu" else 2 * number
        keep = update
    return keep


def nms(boxes: Tensor, scores: Tensor, threshold: float) -> Tensor:
    """Apply non-maximum suppression; see `greedy_keep`.

    Args:
        boxes: (R, 4).
        scores: (R,).
        threshold: IoU in 0..1 above which the box of the lower score is dropped.

    Returns:
        Indices of the kept boxes, highest score first.

    >>> nms(torch.tensor([[0.0, 0, 4, 4], [0, 0, 4, 3], [5, 5, 6, 6]]), torch.tensor([0.5, 0.9, 0.1]), 0.5)
    tensor([1, 2])
    """
    order = scores.argsort(descending=True, stable=True)
    return order[greedy_keep(boxes[order], threshold)]


def grouped_nms(boxes: Tensor, scores: Tensor, groups: Tensor, threshold: float) -> Tensor:
    """Apply `nms` within each of the (R,) `groups`; return the indices kept, highest score first."""
    order = scores.argsort(descending=True, stable=True)
    order = order[groups[order].argsort(stable=True)]
    sizes = torch.bincount(groups).tolist()
    kept = [greedy_keep(boxes[part], threshold) for part in order.split(sizes) if len(part)]
    if not kept:
        return groups.new_zeros(0, dtype=torch.long)
    keep = order[torch.cat(kept)]
    return keep[scores[keep].argsort(descending=True, stable=True)]
