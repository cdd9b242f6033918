import numpy as np
import torch
from scipy.special import softmax

from tests.losses.base import IGNORE, LossTester
from tests.losses.reference import distance_to, filled


class TestKervadecBoundaryLoss(LossTester):
    cfg = dict(type="KervadecBoundaryLoss")

    def reference(self, score, label):
        losses = []
        for probs, lab in zip(softmax(score, axis=1), label, strict=True):
            keep, full = lab != IGNORE, filled(lab)
            for c in np.unique(lab[keep]):
                inside = full == c
                phi = np.where(inside, 1 - distance_to(~inside), distance_to(inside))
                losses.append((probs[c] * phi)[keep].mean())
        return np.mean(losses)

    def test_a_mistake_further_away_costs_more(self):
        label = torch.zeros(1, 9, 20, dtype=torch.long)
        label[:, 2:7, 2:7] = 1
        costs = []
        for column in (8, 12, 16):
            prediction = label.clone()
            prediction[:, 4, column] = 1
            score = 20.0 * torch.nn.functional.one_hot(prediction, 2).permute(0, 3, 1, 2)
            costs.append(self.loss(classes=[1])(score, label).item())
        assert costs == sorted(costs) and costs[0] < costs[2]
