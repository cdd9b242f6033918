"""Values of maps at random points, and points where a mask is uncertain."""

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

__all__ = ["random_points", "sample_points", "uncertain_points"]


def sample_points(maps: Tensor, points: Tensor, outside: str = "zeros") -> Tensor:
    """Interpolate maps at points, bilinearly.

    Args:
        maps: (N, C, H, W) float.
        points: (N, P, 2) float, (x, y) in 0..1 over the whole map, pixel borders included.
        outside: "zeros", as in the published code: values fade within half a pixel of the border; or
            "border": they do not.

    Returns:
        (N, C, P) float.

    >>> sample_points(torch.tensor([[[[1.0, 3.0]]]]), torch.tensor([[[0.25, 0.5], [0.5, 0.5]]]))
    tensor([[[1., 2.]]])
    """
    return grid_sample(maps, 2 * points[:, :, None] - 1, padding_mode=outside, align_corners=False)[..., 0]


def random_points(count: int, number: int, like: Tensor, generator: torch.Generator | None = None) -> Tensor:
    """Draw points uniformly.

    Args:
        count: Maps, each with points of its own.
        number: Points of each map.
        like: A tensor whose device and type the points have.
        generator: Of the CPU; None uses the generator of the device.

    Returns:
        (count, number, 2) in 0..1.
    """
    if generator is None:
        return torch.rand(count, number, 2, device=like.device, dtype=like.dtype)
    return torch.rand(count, number, 2, generator=generator).to(like)


@torch.no_grad()
def uncertain_points(
    logits: Tensor,
    number: int,
    oversample: float = 3.0,
    uncertain: float = 0.75,
    generator: torch.Generator | None = None,
) -> Tensor:
    """Draw points of which most lie where a mask is least certain.

    Kirillov et al., PointRend, CVPR 2020, section 3.1, "Training".

    Args:
        logits: (M, 1, H, W) float, of one mask each.
        number: Points of each mask.
        oversample: Candidates for each point.
        uncertain: Share of the points, 0..1, that are the candidates of the smallest absolute logit.
        generator: As for `random_points`.

    Returns:
        (M, number, 2) in 0..1.
    """
    candidates = random_points(len(logits), int(number * oversample), logits, generator)
    chosen = int(uncertain * number)
    order = sample_points(logits, candidates)[:, 0].abs().topk(chosen, dim=1, largest=False).indices
    hard = candidates.gather(1, order[..., None].expand(-1, -1, 2))
    return torch.cat([hard, random_points(len(logits), number - chosen, logits, generator)], dim=1)
