"""Assignment of queries to segments by the Hungarian algorithm."""

import torch
from scipy.optimize import linear_sum_assignment
from torch import Tensor
from torch.nn.functional import softplus

__all__ = ["dice_costs", "mask_costs", "match_queries"]

LARGEST_COST = 1e6  # in place of NaN and infinity: such a pair is taken last


def mask_costs(logits: Tensor, targets: Tensor, valid: Tensor) -> Tensor:
    """Compute the binary cross entropy between every query and every segment.

    Args:
        logits: (Q, P) at the points.
        targets: (G, P) in 0..1.
        valid: (P,) in 0..1, weights of the points.

    Returns:
        (Q, G) means over the points.
    """
    weight = valid / valid.sum().clamp_min(1e-6)
    positive, negative = softplus(-logits) * weight, softplus(logits) * weight
    return positive @ targets.T + negative @ (1 - targets).T


def dice_costs(logits: Tensor, targets: Tensor, valid: Tensor) -> Tensor:
    """Compute one minus the Dice coefficient, smoothed by 1, between every query and every segment.

    Arguments and result are those of `mask_costs`.
    """
    probabilities, targets = logits.sigmoid() * valid, targets * valid
    total = probabilities.sum(1)[:, None] + targets.sum(1)[None]
    return 1 - (2 * probabilities @ targets.T + 1) / (total + 1)


def match_queries(cost: Tensor) -> tuple[Tensor, Tensor]:
    """Assign queries to segments, one to one, such that the sum of the costs is smallest.

    Args:
        cost: (Q, G) float32. NaN and infinite costs are taken as very large.

    Returns:
        Indices of min(Q, G) queries and of their segments, int64, on the CPU.

    >>> match_queries(torch.tensor([[5.0, 1.0], [float("nan"), 2.0], [0.0, 9.0]]))
    (tensor([0, 2]), tensor([1, 0]))
    """
    finite = torch.nan_to_num(cost, nan=LARGEST_COST, posinf=LARGEST_COST, neginf=LARGEST_COST)
    queries, segments = linear_sum_assignment(finite.clamp(-LARGEST_COST, LARGEST_COST).cpu().numpy())
    return torch.as_tensor(queries), torch.as_tensor(segments)
