"""Gaussian filtering of points in d dimensions on the permutohedral lattice, with gathers only.

Source: Adams, Baek and Davis, Fast High-Dimensional Filtering Using the Permutohedral Lattice, Eurographics
    2010. Splat, blur and slice are linear maps with a few non-zeros per row. The lattice is built once for a
    set of features. Each map is then a weighted gather (`embedding_bag`), which is multithreaded on CPU and
    runs on GPU.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import embedding_bag

__all__ = ["PermutohedralLattice"]


def _elevate(features: Tensor) -> Tensor:
    """Map features (P, d) to (d + 1, P) on the zero-sum hyperplane in d + 1 dimensions (section 3.1)."""
    d = features.shape[1]
    deviation = math.sqrt(2 / 3) * (d + 1)  # of the blur, in lattice units
    elevated = features.new_empty(d + 1, len(features))
    total = torch.zeros_like(features[:, 0])
    for axis in range(d, 0, -1):
        scaled = features[:, axis - 1] * (deviation / math.sqrt(axis * (axis + 1)))
        elevated[axis] = total - axis * scaled
        total = total + scaled
    elevated[0] = total
    return elevated


def _enclosing_simplex(elevated: Tensor) -> tuple[Tensor, Tensor]:
    """Find the remainder-0 vertex of the simplex around each point, and the rank of each coordinate.

    Args:
        elevated: (d + 1, P) float32 on the hyperplane.

    Returns:
        Vertex (d + 1, P) float32 of multiples of d + 1, and rank (d + 1, P) int64, a permutation of 0..d.
    """
    size = len(elevated)
    down = torch.floor(elevated / size) * size
    up = torch.ceil(elevated / size) * size
    vertex = torch.where(up - elevated < elevated - down, up, down)
    rest = elevated - vertex
    rank = torch.zeros_like(elevated, dtype=torch.int8)
    for i in range(size):
        for j in range(i + 1, size):
            smaller = rest[i] < rest[j]
            rank[i] += smaller
            rank[j] += ~smaller
    rank += (vertex.sum(0) / size).round().to(torch.int8)
    shift = (rank < 0).to(torch.int8) - (rank >= size).to(torch.int8)
    return vertex + shift * size, (rank + shift * size).long()


def _barycentric(elevated: Tensor, vertex: Tensor, rank: Tensor) -> Tensor:
    """Compute weights (P, d + 1) of the simplex's vertices by remainder, which sum to 1 (proposition 4.2)."""
    size = len(elevated)
    descending = torch.empty_like(elevated).scatter_(0, size - 1 - rank, (elevated - vertex) / size)
    weights = descending.clone()
    weights[1:] -= descending[:-1]
    weights[0] += 1 - descending[-1]
    return weights.t().contiguous()


class PermutohedralLattice:
    """Filter values at P points by a Gaussian of unit deviation over their features.

    Args:
        features: (P, d) floating point, already divided by the standard deviations of the kernel.
        groups: (P,) int64 from 0; points of different groups (images of a batch) do not interact.

    Raises:
        ValueError: The features span more lattice cells than a 64-bit key can number.

    Example:
        >>> lattice = PermutohedralLattice(torch.tensor([[0.0], [0.0], [50.0]]))
        >>> lattice.normalise()
        >>> near, same, far = lattice.filter(torch.tensor([[1.0], [3.0], [5.0]]))[:, 0].tolist()
        >>> near == same, round(near, 3), round(far, 3)  # each of two equal points has weight one half
        (True, 2.0, 5.0)
    """

    def __init__(self, features: Tensor, groups: Tensor | None = None) -> None:
        elevated = _elevate(features.float())
        vertex, rank = _enclosing_simplex(elevated)
        self.size = len(elevated)
        weights = _barycentric(elevated, vertex, rank)
        keys, strides = self._corner_keys(vertex, groups)
        codes = self.size ** torch.arange(self.size - 1, device=rank.device)
        simplex_keys = keys * self.size ** (self.size - 1) + (rank[:-1] * codes[:, None]).sum(0)
        ordered, by_simplex = simplex_keys.sort()
        first = torch.ones_like(ordered, dtype=torch.bool)
        torch.ne(ordered[1:], ordered[:-1], out=first[1:])
        simplex = torch.empty_like(ordered)
        simplex[by_simplex] = first.cumsum(0) - 1
        sample = by_simplex[first]  # one point of each simplex
        vertex_keys = self._vertex_keys(keys[sample], rank[:, sample], strides)
        unique, corners = torch.unique(vertex_keys, return_inverse=True)  # corners: (S, d + 1)
        self.vertices = len(unique)
        self.index = corners[simplex]
        self._plan_splat(corners, by_simplex, first)
        self._set_weights(weights)
        self._blur_index, self._blur_weights = self._neighbours(unique, strides)
        self._blur_weights[-1] /= 1 + 2.0 ** (1 - self.size)  # the lattice's gain

    def _corner_keys(self, vertex: Tensor, groups: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return an int64 key per point for its remainder-0 vertex, and the stride of each coordinate."""
        d = self.size - 1
        low = vertex[:d].amin(1).long() - 2 * self.size
        extent = vertex[:d].amax(1).long() + 2 * self.size - low + 1
        total = 1 if groups is None else int(groups.max()) + 1
        if math.prod(extent.tolist()) * total * self.size**d >= 2**63:
            raise ValueError(
                f"the features span {extent.tolist()} lattice cells: the standard deviations of the kernel "
                "are too small for their range"
            )
        strides = torch.cat([extent.new_ones(1), extent.cumprod(0)[:-1]])
        keys = torch.zeros_like(vertex[0], dtype=torch.int64)
        for axis in range(d):
            keys += (vertex[axis].long() - low[axis]) * strides[axis]
        return (keys if groups is None else keys + groups * extent.prod()), strides

    def _vertex_keys(self, keys: Tensor, rank: Tensor, strides: Tensor) -> Tensor:
        """Return keys (S, d + 1) of a simplex's vertices: plus r, less d + 1 where the rank is over d - r."""
        found = [keys]
        for remainder in range(1, self.size):
            wrapped = (rank[:-1] > self.size - 1 - remainder).long()
            found.append(keys + ((remainder - self.size * wrapped) * strides[:, None]).sum(0))
        return torch.stack(found, 1)

    def _plan_splat(self, corners: Tensor, by_simplex: Tensor, first: Tensor) -> None:
        """List, for each vertex, the points whose simplex touches it (`_splat_points`) and their corners."""
        starts = first.nonzero()[:, 0]
        counts = torch.diff(starts, append=starts.new_tensor([len(first)]))
        order = corners.flatten().argsort()
        simplices = order // self.size
        lengths = counts[simplices]
        ends = lengths.cumsum(0)
        shift = (starts[simplices] - (ends - lengths)).repeat_interleave(lengths)
        self._splat_points = by_simplex[shift + torch.arange(len(shift), device=shift.device)]
        self._splat_corners = (order % self.size).repeat_interleave(lengths)
        per_vertex = torch.bincount(self.index.flatten(), minlength=self.vertices)
        self._splat_offsets = per_vertex.cumsum(0) - per_vertex

    def _set_weights(self, weights: Tensor) -> None:
        """Set the (P, d + 1) weights of slicing, and of splatting, its transpose."""
        self.weights = weights
        self._splat_weights = weights.flatten()[self._splat_points * self.size + self._splat_corners]

    def _neighbours(self, unique: Tensor, strides: Tensor) -> tuple[Tensor, Tensor]:
        """Return, per direction, the (M, 3) vertices that the blur (1/2, 1, 1/2) reads and their weights."""
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

    def normalise(self) -> None:
        """Scale the kernel K to D^(-1/2) K D^(-1/2), D its row sums."""
        sums = self.filter(self.weights.new_ones(len(self.weights), 1))
        self._set_weights(self.weights * (sums + 1e-20).rsqrt())

    def filter(self, values: Tensor) -> Tensor:
        """Filter values.

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
        return embedding_bag(self.index, lattice, mode="sum", per_sample_weights=self.weights)
