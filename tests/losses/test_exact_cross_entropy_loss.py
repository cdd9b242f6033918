import pytest
import torch
import torch.nn.functional as F
from sklearn.metrics import log_loss

from tests.losses.base import IGNORE, LossTester

WEIGHTS = [None, [0.2, 1.0, 3.0]]


class TestExactCrossEntropyLoss(LossTester):
    cfg = dict(type="ExactCrossEntropyLoss")

    def reference(self, score, label):
        keep = label != IGNORE
        probs = torch.from_numpy(score).softmax(1).numpy().transpose(0, 2, 3, 1)[keep]
        return log_loss(label[keep], probs, labels=[0, 1, 2])

    @pytest.mark.parametrize("smoothing", [0.0, 0.1])
    @pytest.mark.parametrize("ignored", [0.0, 0.3])
    @pytest.mark.parametrize("class_weight", WEIGHTS)
    @pytest.mark.parametrize("reduction", ["mean", "sum", "none"])
    def test_equals_torch(self, reduction, class_weight, ignored, smoothing):
        score, label = self.batch(ignored=ignored)
        weight = None if class_weight is None else torch.tensor(class_weight, dtype=score.dtype)
        expected = F.cross_entropy(
            score, label, weight, ignore_index=IGNORE, reduction=reduction, label_smoothing=smoothing
        )
        loss = self.loss(class_weight=class_weight, label_smoothing=smoothing, reduction=reduction)
        torch.testing.assert_close(loss(score, label), expected)

    def test_pixel_weights_multiply(self):
        score, label = self.batch()
        weight = torch.rand(label.shape, dtype=score.dtype)
        per_pixel = F.cross_entropy(score, label, ignore_index=IGNORE, reduction="none")
        expected = (per_pixel * weight).sum() / (label != IGNORE).sum()
        torch.testing.assert_close(self.loss()(score, label, weight=weight), expected)

    def test_without_an_ignore_index_every_pixel_counts(self):
        score, label = self.batch(ignored=0.0)
        torch.testing.assert_close(
            self.loss()(score, label, ignore_index=None), F.cross_entropy(score, label)
        )
