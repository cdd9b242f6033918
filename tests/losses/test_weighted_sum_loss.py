import pytest
import torch
from mmseg.registry import MODELS

from tests.losses.base import LossTester

TERMS = [dict(type="ExactCrossEntropyLoss"), dict(type="SoftDiceLoss")]


class TestWeightedSumLoss(LossTester):
    cfg = dict(type="WeightedSumLoss", losses=TERMS, weights=[0.3, 2.0])

    def reference(self, score, label):
        score, label = torch.from_numpy(score), torch.from_numpy(label)
        terms = [MODELS.build(cfg)(score, label).item() for cfg in TERMS]
        return 0.3 * terms[0] + 2 * terms[1]

    def test_upstreams_contract(self):
        score, label = self.batch()
        loss = self.loss(loss_weight=0.5, loss_name="loss_other")
        assert loss.loss_name == "loss_other"
        torch.testing.assert_close(loss(score, label), 0.5 * self.loss()(score, label))
        total = self.loss()(score, label, reduction_override="sum")
        torch.testing.assert_close(self.loss()(score, label, avg_factor=7.0), total / 7)

    @pytest.mark.parametrize("bad", [dict(losses=[], weights=None), dict(weights=[1.0])])
    def test_numbers_that_differ_are_refused(self, bad):
        with pytest.raises(ValueError, match="losses and"):
            self.loss(**bad)
