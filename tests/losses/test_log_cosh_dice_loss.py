import numpy as np
import torch

from seg_plugins.losses.log_cosh_dice_loss import log_cosh
from tests.losses.base import LossTester
from tests.losses.reference import regions


class TestLogCoshDiceLoss(LossTester):
    cfg = dict(type="LogCoshDiceLoss")

    def reference(self, score, label):
        dice = [1 - (2 * p @ y + 1) / (p.sum() + y.sum() + 1) for _, p, y in regions(score, label)]
        return np.mean(np.log(np.cosh(dice)))


def test_log_cosh_does_not_overflow():
    x = torch.tensor([-1000.0, 0.0, 0.5, 1000.0], dtype=torch.float64)
    expected = torch.tensor([1000 - np.log(2), 0, np.log(np.cosh(0.5)), 1000 - np.log(2)])
    torch.testing.assert_close(log_cosh(x), expected)
