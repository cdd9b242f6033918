"""Mean-field inference in a fully connected CRF, batched, with exact or permutohedral filtering.

Source: Kraehenbuehl and Koltun, Efficient Inference in Fully Connected CRFs with Gaussian Edge Potentials,
NeurIPS 2011 (algorithm 1, equation 3). As in the authors' code, the filter's sum includes the pixel itself,
and the kernels are normalised symmetrically: D^(-1/2) K D^(-1/2) with D the row sums of K.
"""

from collections.abc import Callable

import torch
from torch import Tensor

from .permutohedral import PermutohedralLattice

__all__ = ["EXACT_LIMIT", "FILTERS", "dense_crf"]

FILTERS = ("permutohedral", "exact")
EXACT_LIMIT = 64 * 64  # pixels; a kernel matrix takes 64 MiB per image

Filter = Callable[[Tensor], Tensor]


def _positions(image: Tensor) -> Tensor:
    """Return pixel coordinates (x, y) as (N * H * W, 2) float32."""
    n, _, h, w = image.shape
    y, x = torch.meshgrid(
        torch.arange(h, device=image.device, dtype=torch.float32),
        torch.arange(w, device=image.device, dtype=torch.float32),
        indexing="ij",
    )
    return torch.stack([x, y], -1).view(1, -1, 2).expand(n, -1, -1).reshape(-1, 2)


def _exact_filter(features: Tensor, images: int) -> Filter:
    """Build the filter of `_normalised_filter` from all pairs of pixels of an image: O(P^2)."""
    per_image = features.view(images, -1, features.shape[1])
    if per_image.shape[1] > EXACT_LIMIT:
        raise ValueError(
            f"the exact filter takes up to {EXACT_LIMIT} pixels an image, got {per_image.shape[1]}: "
            'use filter="permutohedral"'
        )
    squared = (per_image**2).sum(2)
    distance = squared[:, :, None] + squared[:, None] - 2 * per_image @ per_image.transpose(1, 2)
    kernel = torch.exp(-0.5 * distance.clamp_min(0))
    scale = kernel.sum(2).rsqrt()
    kernel = (kernel * scale[:, :, None] * scale[:, None]).float()
    return lambda values: (kernel @ values.view(images, -1, values.shape[1])).flatten(0, 1)


def _normalised_filter(features: Tensor, images: int, method: str) -> Filter:
    """Build the filter D^(-1/2) K D^(-1/2) for (N * H * W, K) values."""
    if method == "exact":
        return _exact_filter(features.double(), images)
    groups = torch.arange(images, device=features.device).repeat_interleave(len(features) // images)
    lattice = PermutohedralLattice(features, groups if images > 1 else None)
    lattice.normalise()
    return lattice.filter


def _softmax(energy: Tensor) -> Tensor:
    """Compute the softmax over dimension 1, in place; on CPU 5x as fast as torch's for few classes."""
    energy -= energy.amax(1, keepdim=True)
    energy.exp_()
    return energy.div_(energy.sum(1, keepdim=True))


@torch.no_grad()
def dense_crf(
    logits: Tensor,
    image: Tensor,
    *,
    iterations: int = 10,
    gaussian_weight: float = 3.0,
    gaussian_std: float = 3.0,
    bilateral_weight: float = 10.0,
    position_std: float = 80.0,
    colour_std: float = 13.0,
    filter: str = "permutohedral",
) -> Tensor:
    """Refine class scores by a smoothness and an appearance kernel with Potts compatibility.

    Args:
        logits: (N, K, H, W) floating point scores; their softmax is the unary distribution.
        image: (N, C, H, W) intensities in 0..255.
        iterations: Number of mean-field updates.
        gaussian_weight: Weight of the smoothness kernel; 0 omits it.
        gaussian_std: Its standard deviation in pixels.
        bilateral_weight: Weight of the appearance kernel; 0 omits it.
        position_std: Its standard deviation over positions, in pixels.
        colour_std: Its standard deviation over intensities, in grey levels.
        filter: `permutohedral` (linear in the pixels) or `exact` (quadratic, up to 64 x 64 pixels).

    Returns:
        (N, K, H, W) float32 probabilities.

    Raises:
        ValueError: Shapes differ, the filter is unknown, or an image is too large for `exact`.
    """
    if logits.shape[0] != image.shape[0] or logits.shape[2:] != image.shape[2:]:
        raise ValueError(f"logits {tuple(logits.shape)} and image {tuple(image.shape)} differ in N, H or W")
    if filter not in FILTERS:
        raise ValueError(f"filter={filter!r}: use one of {', '.join(FILTERS)}")
    n, classes, h, w = logits.shape
    positions = _positions(image)
    kernels = []
    if gaussian_weight:
        kernels.append((gaussian_weight, _normalised_filter(positions / gaussian_std, n, filter)))
    if bilateral_weight:
        colours = image.float().permute(0, 2, 3, 1).reshape(-1, image.shape[1])
        features = torch.cat([positions / position_std, colours / colour_std], 1)
        kernels.append((bilateral_weight, _normalised_filter(features, n, filter)))
    unary = logits.float().permute(0, 2, 3, 1).reshape(-1, classes).contiguous()
    marginals = _softmax(unary.clone())
    for _ in range(iterations):
        energy = unary.clone()
        for weight, smooth in kernels:
            energy.add_(smooth(marginals), alpha=weight)
        marginals = _softmax(energy)
    return marginals.view(n, h, w, classes).permute(0, 3, 1, 2).contiguous()
