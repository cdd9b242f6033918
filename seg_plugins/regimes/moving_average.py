"""A network that follows another as its exponential moving average."""

import torch
from torch import nn

__all__ = ["copy_network", "follow", "student_share"]


def student_share(momentum: float, iteration: int) -> float:
    """Return the weight of the student in the next average: large at first, then `momentum`.

    Source: Tarvainen and Valpola, NeurIPS 2017, whose decay is min(1 - 1 / (t + 1), 1 - momentum).

    Args:
        momentum: Final weight of the student, in 0..1.
        iteration: t, finished iterations of the run before this one.

    >>> [student_share(0.01, t) for t in (0, 1, 1000)]
    [1.0, 0.5, 0.01]
    """
    return max(momentum, 1 / (iteration + 1))


@torch.no_grad()
def copy_network(target: nn.Module, source: nn.Module) -> None:
    """Copy parameters and buffers."""
    target.load_state_dict(source.state_dict())


@torch.no_grad()
def follow(teacher: nn.Module, student: nn.Module, share: float) -> None:
    """Move parameters and buffers of the teacher towards those of the student.

    Running statistics of normalisation are averaged as well: a teacher in evaluation mode predicts with them.
    Integers, such as batch counters, are copied.

    Args:
        teacher: Changed in place.
        student: Network of the same architecture.
        share: Weight of the student, in 0..1.
    """
    pairs = list(zip(teacher.state_dict().values(), student.state_dict().values(), strict=True))
    moving = [(old, new) for old, new in pairs if old.is_floating_point()]
    if moving:
        torch._foreach_lerp_([old for old, _ in moving], [new for _, new in moving], share)
    for old, new in pairs:
        if not old.is_floating_point():
            old.copy_(new)
