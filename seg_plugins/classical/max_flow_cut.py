"""Graph cuts by maximum flow as a post-processing step."""

import numpy as np
import torch
from mmseg.registry import MODELS, TASK_UTILS

from seg_plugins.postprocess.prediction import BatchPrediction, PostprocessStep

from .region_features import region_means

__all__ = ["MaxFlowCut", "cut", "expand", "neighbour_edges"]

UNIT = 1e4  # scales energies to integers, as SciPy's maximum flow requires


def neighbour_edges(regions: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return pairs of 4-neighbouring regions (E, 2), lower id first, and border lengths (E,) in pixels."""
    pairs = [
        np.stack([regions[:, :-1].ravel(), regions[:, 1:].ravel()], 1),
        np.stack([regions[:-1].ravel(), regions[1:].ravel()], 1),
    ]
    both = np.sort(np.concatenate(pairs), 1)
    return np.unique(both[both[:, 0] != both[:, 1]], axis=0, return_counts=True)


def cut(stay: np.ndarray, move: np.ndarray, edges: np.ndarray, forward: np.ndarray) -> np.ndarray:
    """Find the binary labelling of least energy, by maximum flow.

    Args:
        stay: (R,) cost of label 0 at each node.
        move: (R,) cost of label 1.
        edges: (E, 2) nodes.
        forward: (E,) cost, >= 0, of label 0 at the first node and 1 at the second.

    Returns:
        (R,) bool.
    """
    from scipy.sparse import coo_array, csr_array  # here, because importing them is slow
    from scipy.sparse.csgraph import breadth_first_order, maximum_flow

    nodes = len(stay)
    source, sink, own = nodes, nodes + 1, np.arange(nodes)
    least = np.minimum(stay, move)
    rows = np.concatenate([np.full(nodes, source), own, edges[:, 0]])
    columns = np.concatenate([own, np.full(nodes, sink), edges[:, 1]])
    capacity = np.concatenate([move - least, stay - least, forward])
    whole = np.minimum(np.rint(capacity * UNIT), 2**30).astype(np.int32)
    graph = csr_array(coo_array((whole, (rows, columns)), shape=(nodes + 2, nodes + 2)))
    graph = csr_array((graph.data.astype(np.int32), graph.indices, graph.indptr), shape=graph.shape)
    residual = csr_array(graph - maximum_flow(graph, source, sink).flow)
    residual.data = np.maximum(residual.data, 0)
    residual.eliminate_zeros()
    reached = breadth_first_order(residual, source, return_predecessors=False)
    out = np.ones(nodes + 2, bool)
    out[reached] = False
    return out[:nodes]


def expand(costs: np.ndarray, edges: np.ndarray, weights: np.ndarray, sweeps: int = 2) -> np.ndarray:
    """Find labels of low energy under a Potts model by alpha-expansion; exact for two classes.

    Source: Boykov, Veksler and Zabih, Fast Approximate Energy Minimization via Graph Cuts, TPAMI 2001;
    the graph of a move is that of Kolmogorov and Zabih, TPAMI 2004.

    Args:
        costs: (R, K) cost of each class at each node.
        edges: (E, 2) nodes.
        weights: (E,) cost, >= 0, of different labels.
        sweeps: Largest number of rounds over the classes.

    Returns:
        (R,) int64.
    """
    labels = np.zeros(len(costs), np.int64) if costs.shape[1] == 2 else costs.argmin(1)
    own = np.arange(len(costs))
    first, second = edges.T
    for _ in range(sweeps):
        before = labels.copy()
        for alpha in range(costs.shape[1]):
            kept = weights * (labels[first] != labels[second])
            second_moves = weights * (labels[first] != alpha)
            first_moves = weights * (labels[second] != alpha)
            stay, move = costs[own, labels].copy(), costs[:, alpha].copy()
            np.add.at(move, first, first_moves - kept)
            np.subtract.at(move, second, first_moves)
            labels[cut(stay, move, edges, second_moves + first_moves - kept)] = alpha
        if np.array_equal(before, labels):
            break
    return labels


@MODELS.register_module()
class MaxFlowCut(PostprocessStep):
    """Label superpixels jointly by maximum flow (`scipy.sparse.csgraph`); see `expand`.

    Two neighbours of different labels cost the length of their border, divided by the mean side of the
    superpixels, times exp(-d^2 / (2 mean d^2)), where d is the distance of their mean colours.

    Args:
        regions: Config of a region generator; by default SLIC with 400 superpixels.
        smoothness: Weight of the borders against the negative log-probabilities.
        sweeps: Largest number of rounds over the classes.
    """

    def __init__(self, regions: dict | None = None, smoothness: float = 1.0, sweeps: int = 2) -> None:
        super().__init__()
        self.regions = TASK_UTILS.build(regions or dict(type="SlicRegions", segments=400))
        self.smoothness = smoothness
        self.sweeps = sweeps

    def _labels(self, image: np.ndarray, costs: np.ndarray) -> np.ndarray:
        """Label an image (H, W, C) uint8 from negative log-probabilities (H, W, K); return (H, W) int64."""
        regions = self.regions(np.repeat(image, 3, 2) if image.shape[2] == 1 else image)
        if regions.max() == 0:
            return np.full(regions.shape, costs.mean((0, 1)).argmin())
        edges, lengths = neighbour_edges(regions)
        colours = region_means(image.astype(np.float64), regions)
        distance = ((colours[edges[:, 0]] - colours[edges[:, 1]]) ** 2).sum(1)
        alike = np.exp(-distance / (2 * distance.mean() + 1e-9))
        side = np.sqrt(regions.size / (regions.max() + 1))
        weights = self.smoothness * lengths / side * alike
        return expand(region_means(costs, regions), edges, weights, self.sweeps)[regions]

    def forward(self, prediction: BatchPrediction) -> BatchPrediction:
        """Change the labels; the scores are not changed."""
        images = prediction.image.round().byte().permute(0, 2, 3, 1).cpu().numpy()
        costs = (-prediction.logits.log_softmax(1)).permute(0, 2, 3, 1).cpu().numpy()
        labels = np.stack([self._labels(i, c) for i, c in zip(images, costs, strict=True)])
        return prediction.with_labels(torch.from_numpy(labels).to(prediction.labels.device))
