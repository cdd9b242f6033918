from itertools import permutations

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from seg_plugins.losses.mask_matching import dice_costs, mask_costs, match_queries


@pytest.mark.parametrize("segments", [1, 3, 4])
def test_no_other_assignment_is_cheaper(segments):
    cost = torch.rand(4, segments, generator=torch.Generator().manual_seed(segments))
    queries, found = match_queries(cost)
    assert sorted(found.tolist()) == list(range(segments)) and len(set(queries.tolist())) == segments
    best = min(sum(cost[q, g] for g, q in enumerate(order)) for order in permutations(range(4), segments))
    torch.testing.assert_close(cost[queries, found].sum(), best)


def test_more_segments_than_queries_leave_some_without():
    queries, segments = match_queries(torch.rand(2, 5))
    assert queries.tolist() == [0, 1] and len(set(segments.tolist())) == 2
    assert [len(x) for x in match_queries(torch.zeros(3, 0))] == [0, 0]


@pytest.mark.parametrize("value", [float("nan"), float("inf"), float("-inf"), 3e38])
def test_costs_that_are_not_finite_are_taken_last(value):
    cost = torch.tensor([[value, value], [1.0, 2.0], [2.0, 1.0]])
    queries, segments = match_queries(cost)
    assert list(zip(queries.tolist(), segments.tolist(), strict=True)) == [(1, 0), (2, 1)]
    assert len(match_queries(torch.full((3, 2), value))[0]) == 2


def test_costs_are_the_losses_of_every_pair():
    logits, targets = torch.randn(3, 50), torch.rand(2, 50).round()
    valid = torch.rand(50).round()
    entropy, dice = mask_costs(logits, targets, valid), dice_costs(logits, targets, valid)
    kept = valid.bool()
    for q in range(3):
        for g in range(2):
            x, t = logits[q, kept], targets[g, kept]
            torch.testing.assert_close(entropy[q, g], binary_cross_entropy_with_logits(x, t))
            p = x.sigmoid()
            expected = 1 - (2 * (p * t).sum() + 1) / (p.sum() + t.sum() + 1)
            torch.testing.assert_close(dice[q, g], expected)
