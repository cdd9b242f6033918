import numpy as np
import pytest
import torch
from scipy.ndimage import grey_dilation, minimum_filter
from scipy.special import softmax

from seg_plugins.losses.cl_dice_loss import soft_skeleton
from tests.losses.base import IGNORE, LossTester

CROSS = np.array([[0, 1, 0], [1, 1, 1], [0, 1, 0]], bool)


def erode(x):
    return minimum_filter(x, footprint=CROSS, mode="nearest")


def opened(x):
    return grey_dilation(erode(x), (3, 3), mode="nearest")


def skeleton(x, iterations):
    out = np.maximum(x - opened(x), 0)
    for _ in range(iterations):
        x = erode(x)
        rest = np.maximum(x - opened(x), 0)
        out = out + np.maximum(rest - out * rest, 0)
    return out


class TestClDiceLoss(LossTester):
    cfg = dict(type="ClDiceLoss", iterations=2)
    shape = (2, 7, 8)

    def reference(self, score, label):
        keep = label != IGNORE
        p, y = softmax(score, axis=1)[:, 1] * keep, (label == 1).astype(float)
        sp, sy = (np.stack([skeleton(image, 2) for image in x]) for x in (p, y))
        precision = ((sp * y).sum() + 1) / (sp.sum() + 1)
        sensitivity = ((sy * p).sum() + 1) / (sy.sum() + 1)
        return 1 - 2 * precision * sensitivity / (precision + sensitivity)

    def test_a_gap_costs_more_than_the_same_pixels_at_the_rim(self):
        label = torch.zeros(1, 15, 31, dtype=torch.long)
        label[:, 6:9, 2:29] = 1
        gap, rim = label.clone(), label.clone()
        gap[:, 6:9, 14:18] = 0
        rim[:, 6, 4:16] = 0
        assert (label != gap).sum() == (label != rim).sum()

        def cost(prediction):
            score = 20.0 * torch.nn.functional.one_hot(prediction, 2).permute(0, 3, 1, 2)
            return self.loss()(score, label).item()

        assert cost(label) == pytest.approx(0, abs=1e-4)
        assert cost(gap) > 1.5 * cost(rim)

    def test_the_skeleton_of_a_bar_is_thin_and_inside(self):
        bar = torch.zeros(1, 1, 15, 31)
        bar[..., 5:10, 3:28] = 1
        thin = soft_skeleton(bar, 5)
        assert (thin <= bar).all() and (thin[..., 10:20].sum(2) == 1).all()
