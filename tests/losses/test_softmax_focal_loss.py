import numpy as np
import torch
import torch.nn.functional as F

from tests.losses.base import IGNORE, LossTester
from tests.losses.reference import picked


class TestSoftmaxFocalLoss(LossTester):
    cfg = dict(type="SoftmaxFocalLoss")

    def reference(self, score, label):
        p = picked(score, label)
        return np.mean(-((1 - p) ** 2) * np.log(p))

    def test_gamma_zero_is_weighted_cross_entropy(self):
        score, label = self.batch()
        weight = [0.2, 1.0, 3.0]
        expected = F.cross_entropy(score, label, score.new_tensor(weight), ignore_index=IGNORE)
        torch.testing.assert_close(self.loss(gamma=0.0, class_weight=weight)(score, label), expected)
