import numpy as np
import torch
from mmseg.models.losses.lovasz_loss import lovasz_hinge

from tests.losses.base import IGNORE, LossTester
from tests.losses.test_lovasz_softmax_loss import jaccard_by_sets


class TestLovaszHingeLoss(LossTester):
    cfg = dict(type="LovaszHingeLoss")

    def reference(self, score, label):
        keep = label != IGNORE
        others = np.log(np.exp(score[:, 0]) + np.exp(score[:, 2]))
        y = (label[keep] == 1).astype(float)
        errors = 1 - (score[:, 1] - others)[keep] * (2 * y - 1)
        return jaccard_by_sets(np.maximum(errors, 0), y)

    def test_equals_upstreams_function_on_a_binary_logit(self):
        score, label = self.batch(num_classes=2, dtype=torch.float32)
        expected = lovasz_hinge(score[:, 1].contiguous(), label)
        torch.testing.assert_close(self.loss()(score[:, 1:], label), expected)
