import numpy as np
import pytest
import torch
from mmseg.models.losses.lovasz_loss import lovasz_softmax

from tests.losses.base import LossTester
from tests.losses.reference import regions


def jaccard_by_sets(errors, y):
    """Lovasz extension by its definition: sum over sorted errors of the growth of the Jaccard loss."""
    order = np.argsort(-errors, kind="stable")
    wrong, before, total = np.zeros(len(y), bool), 0.0, 0.0
    for i in order:
        wrong[i] = True
        now = wrong.sum() / ((y == 1) | wrong).sum()
        total += errors[i] * (now - before)
        before = now
    return total


class TestLovaszSoftmaxLoss(LossTester):
    cfg = dict(type="LovaszSoftmaxLoss")

    def reference(self, score, label):
        return np.mean([jaccard_by_sets(np.abs(y - p), y) for _, p, y in regions(score, label)])

    @pytest.mark.parametrize("classes", ["present", "all"])
    def test_equals_upstreams_function(self, classes):
        score, label = self.batch(dtype=torch.float32)
        expected = lovasz_softmax(score.softmax(1), label, classes=classes)
        torch.testing.assert_close(self.loss(classes=classes)(score, label), expected)

    def test_hard_predictions_give_one_minus_iou(self):
        score, label = self.batch(ignored=0.0)
        prediction = score.argmax(1)
        hard = 1e4 * torch.nn.functional.one_hot(prediction, 3).permute(0, 3, 1, 2).double()
        actual = self.loss()(hard, label, reduction_override="none")[0]
        for c in (0, 1):
            p, y = prediction == c, label == c
            torch.testing.assert_close(actual[c], 1 - (p & y).sum() / (p | y).sum().double())
