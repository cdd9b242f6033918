"""Matching of proposals to instances, and sampling of those to train on."""

import torch
from torch import Tensor

__all__ = ["match_boxes", "sample_matches"]


def match_boxes(iou: Tensor, positive: float, negative: float, keep_best: bool) -> Tensor:
    """Match every proposal to an instance (Ren et al., Faster R-CNN, 2015, section 3.1.2).

    Args:
        iou: (R, G) overlaps of proposals and instances.
        positive: A proposal whose best overlap is at least this matches that instance.
        negative: A proposal whose best overlap is below this is background; those between are not trained on.
        keep_best: Match the proposals that overlap an instance most to it, however small the overlap.

    Returns:
        (R,) int64: index of the instance, -1 for background, -2 for not trained on.
    """
    match = torch.full((len(iou),), -1, dtype=torch.long, device=iou.device)
    if iou.shape[1] == 0:
        return match
    best, which = iou.max(1)
    match[best >= negative] = -2
    match = torch.where(best >= positive, which, match)
    if keep_best:
        highest = iou.amax(0)
        closest = (iou == highest) & (highest > 0)
        last = (closest * torch.arange(1, iou.shape[1] + 1, device=iou.device)).amax(1) - 1
        match = torch.where(last >= 0, last, match)
    return match


def sample_matches(match: Tensor, count: int, positive_fraction: float) -> tuple[Tensor, Tensor]:
    """Draw a random subset of at most `count` proposals, of which at most `positive_fraction` are positive.

    Args:
        match: (R,) as `match_boxes` gives it.
        count: Size of the subset.
        positive_fraction: In 0..1.

    Returns:
        Indices of the positive and of the background proposals.
    """
    chosen = []
    limit = int(count * positive_fraction)
    for candidates in (torch.nonzero(match >= 0)[:, 0], torch.nonzero(match == -1)[:, 0]):
        order = torch.randperm(len(candidates), device=match.device)[:limit]
        chosen.append(candidates[order])
        limit = count - len(chosen[0])
    return chosen[0], chosen[1]
