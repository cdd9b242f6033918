"""Gaussian filtering of points in d dimensions on the permutohedral lattice, in gathers only.

Source: Adams, Baek and Davis, Fast High-Dimensional Filtering Using the Permutohedral Lattice,
Eurographics 2010. Splat, blur and slice are linear maps with a few non-zeros a row. The lattice is built once
for a set of features; each map is then a weighted gather (`embedding_bag`), threaded on CPU and run on GPU.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

__all__ = ["PermutohedralLattice"]


def _elevate(features: Tensor) -> Tensor:
    """Map features (P, d) onto the hyperplane of zero sum in d + 1 dimensions (section 3.1), (P, d + 1)."""
    d = features.shape[1]
    index = torch.arange(d, device=features.device, dtype=features.dtype)
    deviation = math.sqrt(2 / 3) * (d + 1)  # of the blur, in lattice units
    scaled = features * (deviation / ((index + 1) * (index + 2)).sqrt())
    suffix = scaled.flip(1).cumsum(1).flip(1)
    first = suffix
    rest = torch.cat([suffix[:, 1:], torch.zeros_like(suffix[:, :1])], dim=1) - (index + 1) * scaled
    return torch.cat([first[:, :1], rest], dim=1)


def _enclosing_simplex(elevated: Tensor) -> tuple[Tensor, Tensor]:
    """The remainder-0 vertex of the simplex around each point and the rank of each coordinate in it.

    Args:
        elevated: (P, d + 1) float32 on the hyperplane.

    Returns:
        Vertex (P, d + 1) float32 of multiples of d + 1, and rank (P, d + 1) int64, a permutation of 0..d.
    """
    size = elevated.shape[1]
    down = torch.floor(elevated / size) * size
    up = torch.ceil(elevated / size) * size
    vertex = torch.where(up - elevated < elevated - down, up, down)
    excess = (vertex.sum(1, keepdim=True) / size).round().long()
    order = (elevated - vertex).argsort(dim=1, descending=True, stable=True)
    rank = torch.empty_like(order).scatter_(
        1, order, torch.arange(size, device=elevated.device).expand_as(order)
    )
    rank = rank + excess
    shift = (rank < 0).long() - (rank >= size).long()
    return vertex + shift * size, rank + shift * size


def _barycentric(elevated: Tensor, vertex: Tensor, rank: Tensor) -> Tensor:
    """Weights (P, d + 1) of the simplex's vertices by remainder; they sum to 1 (proposition 4.2)."""
    size = elevated.shape[1]
    by_rank = torch.empty_like(elevated).scatter_(1, rank, (elevated - vertex) / size)
    descending = by_rank.flip(1)  # entry r: the coordinate of rank d - r
    weights = descending.clone()
    weights[:, 1:] -= descending[:, :-1]
    weights[:, 0] += 1 - descending[:, -1]
    return weights


class PermutohedralLattice:
    """Filter values at P points by a Gaussian of unit deviation over their features.

    Args:
        features: (P, d) floating point, already divided by the standard deviations of the kernel.
        groups: (P,) int64 from 0: points of different groups do not see each other (images of a batch).

    Raises:
        ValueError: The features span more lattice cells than a 64-bit key can number.

    Example:
        >>> lattice = PermutohedralLattice(torch.tensor([[0.0], [0.0], [50.0]]))
        >>> out = lattice.filter(torch.tensor([[1.0], [3.0], [5.0]]))
        >>> bool((out[0] == out[1]).all()), round(float(out[0] / out[2]), 3)
        (True, 0.8)
    """

    def __init__(self, features: Tensor, groups: Tensor | None = None) -> None:
        elevated = _elevate(features.float())
        vertex, rank = _enclosing_simplex(elevated)
        self.size = elevated.shape[1]
        self.points = len(features)
        weights = _barycentric(elevated, vertex, rank)
        keys, strides = self._keys(vertex.long(), rank, groups)
        unique, index = torch.unique(keys.flatten(), return_inverse=True)
        self.vertices = len(unique)
        self.index = index.view(self.points, self.size)
        self.weights = weights
        order = self.index.flatten().argsort()
        self._splat_points = order // self.size
        self._splat_weights = weights.flatten()[order]
        counts = torch.bincount(self.index.flatten(), minlength=self.vertices)
        self._splat_offsets = counts.cumsum(0) - counts
        self._blur_index, self._blur_weights = self._neighbours(unique, strides)

    def _keys(self, vertex: Tensor, rank: Tensor, groups: Tensor | None) -> tuple[Tensor, Tensor]:
        """One int64 per (point, remainder), and by how much each of the d coordinates moves it."""
        d = self.size - 1
        low = vertex[:, :d].amin(0) - 2 * self.size
        extent = vertex[:, :d].amax(0) + 2 * self.size - low + 1
        groups_total = 1 if groups is None else int(groups.max()) + 1
        if math.prod(extent.tolist()) * groups_total >= 2**62:
            raise ValueError(
                f"the features span {extent.tolist()} lattice cells: the standard deviations of the kernel "
                "are too small for their range"
            )
        strides = torch.cat([extent.new_ones(1), extent.cumprod(0)[:-1]])
        base = ((vertex[:, :d] - low) * strides).sum(1)
        if groups is not None:
            base = base + groups * extent.prod()
        remainders = torch.arange(self.size, device=vertex.device)
        offsets = torch.stack([remainders] * d, 1)  # canonical simplex: r, or r - (d + 1) for high ranks
        keys = [
            base + ((offsets[r] - self.size * (rank[:, :d] > d - r)) * strides).sum(1)
            for r in range(self.size)
        ]
        return torch.stack(keys, 1), strides

    def _neighbours(self, unique: Tensor, strides: Tensor) -> tuple[Tensor, Tensor]:
        """Per direction, the (M, 3) vertices that the blur (1/2, 1, 1/2) reads and their weights."""
        steps = [-strides.sum() + self.size * s for s in strides] + [-strides.sum()]
        own = torch.arange(self.vertices, device=unique.device)
        index, weight = [], []
        for step in steps:
            columns, weights = [own], [torch.ones_like(own, dtype=torch.float32)]
            for key in (unique + step, unique - step):
                place = torch.searchsorted(unique, key).clamp_(max=self.vertices - 1)
                found = unique[place] == key
                columns.append(torch.where(found, place, own))
                weights.append(found * 0.5)
            index.append(torch.stack(columns, 1))
            weight.append(torch.stack(weights, 1))
        return torch.stack(index), torch.stack(weight)

    def filter(self, values: Tensor) -> Tensor:
        """Filter.

        Args:
            values: (P, K) float32.

        Returns:
            (P, K) float32: the kernel's weighted sums, each point's own value included.
        """
        lattice = embedding_bag(
            self._splat_points,
            values,
            self._splat_offsets,
            mode="sum",
            per_sample_weights=self._splat_weights,
        )
        for index, weight in zip(self._blur_index, self._blur_weights, strict=True):
            lattice = embedding_bag(index, lattice, mode="sum", per_sample_weights=weight)
        out = embedding_bag(self.index, lattice, mode="sum", per_sample_weights=self.weights)
        return out / (1 + 2.0 ** (1 - self.size))
