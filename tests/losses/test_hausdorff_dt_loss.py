import numpy as np
import torch
from scipy.special import softmax

from tests.losses.base import IGNORE, LossTester
from tests.losses.reference import distance_to, filled


def field(mask):
    return distance_to(mask) + distance_to(~mask) if mask.any() and not mask.all() else np.zeros(mask.shape)


class TestHausdorffDTLoss(LossTester):
    cfg = dict(type="HausdorffDTLoss")

    def reference(self, score, label):
        losses = []
        for probs, lab in zip(softmax(score, axis=1), label, strict=True):
            keep, full = lab != IGNORE, filled(lab)
            for c in np.unique(lab[keep]):
                predicted = filled(np.where(keep, (probs[c] > 0.5).astype(int), IGNORE)) == 1
                distances = field(predicted) ** 2 + field(full == c) ** 2
                losses.append(((probs[c] - (lab == c)) ** 2 * distances)[keep].mean())
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
