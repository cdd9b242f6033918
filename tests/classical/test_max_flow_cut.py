import itertools

import numpy as np
import torch
from mmseg.registry import MODELS

from seg_plugins.classical.max_flow_cut import cut, expand, neighbour_edges
from seg_plugins.postprocess.prediction import BatchPrediction
from tests.classical.base import two_halves


def problem(nodes, classes, seed):
    rng = np.random.default_rng(seed)
    edges = np.array([e for e in itertools.combinations(range(nodes), 2) if rng.random() < 0.5])
    return rng.random((nodes, classes)), edges, rng.random(len(edges))


def energy(labels, costs, edges, weights):
    labels = np.asarray(labels)
    different = labels[edges[:, 0]] != labels[edges[:, 1]]
    return costs[np.arange(len(labels)), labels].sum() + (weights * different).sum()


def test_two_classes_are_solved_exactly():
    for seed in range(8):
        costs, edges, weights = problem(8, 2, seed)
        least = min(energy(x, costs, edges, weights) for x in itertools.product(range(2), repeat=8))
        assert abs(energy(expand(costs, edges, weights), costs, edges, weights) - least) < 1e-2


def test_more_classes_come_near_the_least_energy_and_never_above_the_start():
    for seed in range(6):
        costs, edges, weights = problem(6, 3, seed)
        least = min(energy(x, costs, edges, weights) for x in itertools.product(range(3), repeat=6))
        found = energy(expand(costs, edges, weights, sweeps=5), costs, edges, weights)
        assert found <= energy(costs.argmin(1), costs, edges, weights) + 1e-2
        assert found <= 1.1 * least


def test_costs_alone_choose_the_cheaper_side():
    stay, move = np.array([0.0, 3.0, -1.0]), np.array([1.0, 2.0, -2.0])
    assert cut(stay, move, np.zeros((0, 2), int), np.zeros(0)).tolist() == [False, True, True]


def test_neighbours_and_their_borders():
    edges, lengths = neighbour_edges(np.array([[0, 0, 1], [2, 2, 1]]))
    assert edges.tolist() == [[0, 1], [0, 2], [1, 2]] and lengths.tolist() == [1, 2, 1]


def test_the_step_overrules_noise():
    image = torch.from_numpy(two_halves()).permute(2, 0, 1)[None].float()
    truth = (torch.arange(60) >= 30).expand(1, 40, 60).long()
    noisy = truth ^ (torch.rand(1, 40, 60, generator=torch.Generator().manual_seed(0)) < 0.3)
    logits = torch.nn.functional.one_hot(noisy, 3).permute(0, 3, 1, 2).float() * 2
    step = MODELS.build(dict(type="MaxFlowCut", regions=dict(type="SlicRegions", segments=24)))
    assert float((step(BatchPrediction(logits, noisy, image)).labels == truth).float().mean()) > 0.99
