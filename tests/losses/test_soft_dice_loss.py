import numpy as np
import pytest
import torch
from torchmetrics.functional.segmentation import dice_score

from tests.losses.base import LossTester
from tests.losses.reference import regions


class TestSoftDiceLoss(LossTester):
    cfg = dict(type="SoftDiceLoss")

    def reference(self, score, label):
        return np.mean([1 - (2 * p @ y + 1) / (p.sum() + y.sum() + 1) for _, p, y in regions(score, label)])

    def test_hard_predictions_give_the_dice_score_of_torchmetrics(self):
        score, label = self.batch(num_classes=2, ignored=0.0)
        prediction = score.argmax(1)
        hard = 1e4 * torch.nn.functional.one_hot(prediction, 2).permute(0, 3, 1, 2).double()
        expected = dice_score(prediction, label, num_classes=2, average="none", input_format="index")
        actual = self.loss(per_image=True, smooth=0.0)(hard, label, reduction_override="none")
        torch.testing.assert_close(1 - actual.float(), expected)

    def test_a_perfect_prediction_costs_nothing(self):
        label = torch.tensor([[[0, 1], [2, 255]]])
        score = 100.0 * torch.nn.functional.one_hot(label.clamp(max=2), 3).permute(0, 3, 1, 2)
        assert self.loss()(score, label).item() == pytest.approx(0, abs=1e-6)

    def test_class_weights_enter_the_mean(self):
        score, label = self.batch(ignored=0.0)
        each = self.loss()(score, label, reduction_override="none")[0]
        weighted = self.loss(class_weight=[3.0, 1.0, 5.0])(score, label)
        torch.testing.assert_close(weighted, (3 * each[0] + each[1]) / 4)

    def test_absent_classes_count_when_asked(self):
        score, label = self.batch()
        assert (self.loss()(score, label, reduction_override="none") > 0).tolist() == [[True, True, False]]
        assert (self.loss(classes="all")(score, label, reduction_override="none") > 0).all()

    def test_wrong_classes_are_refused(self):
        with pytest.raises(ValueError, match="some"):
            self.loss(classes="some")
