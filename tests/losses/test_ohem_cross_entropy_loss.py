import numpy as np
import pytest
import torch
from mmseg.registry import MODELS

from tests.losses.base import LossTester
from tests.losses.reference import picked


class TestOhemCrossEntropyLoss(LossTester):
    cfg = dict(type="OhemCrossEntropyLoss", threshold=0.3, min_kept=20)

    def reference(self, score, label):
        p = np.sort(picked(score, label))
        return np.mean(-np.log(p[: max(20, (p < 0.3).sum())]))

    @pytest.mark.parametrize("threshold", [0.1, 0.7])
    def test_equals_upstream_where_upstream_works(self, threshold):
        score, label = self.batch(dtype=torch.float32)
        upstream = MODELS.build(dict(type="OhemCrossEntropy", thres=threshold, min_kept=10))
        actual = self.loss(threshold=threshold, min_kept=10)(score, label)
        torch.testing.assert_close(actual, upstream(score, label), rtol=1e-5, atol=0)

    def test_more_than_there_are_keeps_all(self):
        score, label = self.batch()
        every = MODELS.build(dict(type="ExactCrossEntropyLoss"))(score, label)
        torch.testing.assert_close(self.loss(min_kept=10**6)(score, label), every)
