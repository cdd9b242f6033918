import numpy as np
import torch
from mmseg.registry import MODELS

from tests.losses.base import LossTester
from tests.losses.reference import regions


def tversky(p, y):
    tp, fp, fn = p @ y, p @ (1 - y), (1 - p) @ y
    return 1 - (tp + 1) / (tp + 0.3 * fp + 0.7 * fn + 1)


class TestSoftTverskyLoss(LossTester):
    cfg = dict(type="SoftTverskyLoss")

    def reference(self, score, label):
        return np.mean([tversky(p, y) for _, p, y in regions(score, label)])

    def test_halves_give_dice(self):
        score, label = self.batch()
        dice = MODELS.build(dict(type="SoftDiceLoss", smooth=2.0))
        torch.testing.assert_close(self.loss(alpha=0.5, beta=0.5)(score, label), dice(score, label))
