import numpy as np
import pytest

from tests.losses.base import LossTester
from tests.losses.reference import picked


class TestGeneralizedCrossEntropyLoss(LossTester):
    cfg = dict(type="GeneralizedCrossEntropyLoss", q=0.7)

    def reference(self, score, label):
        return np.mean((1 - picked(score, label) ** 0.7) / 0.7)

    def test_its_limits(self):
        score, label = self.batch()
        p = picked(score.numpy(), label.numpy())
        assert self.loss(q=1.0)(score, label).item() == pytest.approx(np.mean(1 - p))
        assert self.loss(q=1e-7)(score, label).item() == pytest.approx(np.mean(-np.log(p)), rel=1e-5)

    def test_q_zero_is_refused(self):
        with pytest.raises(ValueError, match="q=0"):
            self.loss(q=0)
