import numpy as np
import torch

from tests.losses.base import LossTester
from tests.losses.reference import regions


class TestFocalTverskyLoss(LossTester):
    cfg = dict(type="FocalTverskyLoss", gamma=0.75)

    def reference(self, score, label):
        losses = []
        for _, p, y in regions(score, label):
            index = (p @ y + 1) / (p @ y + 0.3 * (p @ (1 - y)) + 0.7 * ((1 - p) @ y) + 1)
            losses.append((1 - index) ** 0.75)
        return np.mean(losses)

    def test_a_perfect_prediction_has_a_finite_gradient(self):
        label = torch.tensor([[[0, 1], [2, 255]]])
        score = 100.0 * torch.nn.functional.one_hot(label.clamp(max=2), 3).permute(0, 3, 1, 2)
        self.loss()(score.requires_grad_(), label).backward()
        assert score.grad.isfinite().all()
