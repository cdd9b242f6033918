import numpy as np
import pytest
import torch
from scipy.special import softmax

from tests.losses.base import IGNORE, LossTester


def vectors(image, radius):
    h, w = image.shape
    windows = [
        image[r : h - radius + 1 + r, c : w - radius + 1 + c].ravel()
        for r in range(radius)
        for c in range(radius)
    ]
    windows = np.array(windows)
    return windows - windows.mean(1, keepdims=True)


def pool(image):
    h, w = image.shape
    return image.reshape(h // 2, 2, w // 2, 2).mean((1, 3))


class TestRMILoss(LossTester):
    cfg = dict(type="RMILoss", radius=2, pool=2)
    shape = (2, 10, 12)

    def reference(self, score, label):
        probs, losses = softmax(score, axis=1), []
        for image, lab in zip(probs, label, strict=True):
            keep = lab != IGNORE
            for c in np.unique(lab[keep]):
                y, p = vectors(pool(1.0 * (lab == c)), 2), vectors(pool(image[c] * keep), 2)
                ridge = 5e-4 * np.eye(4)
                rest = y @ y.T - y @ p.T @ np.linalg.inv(p @ p.T + ridge) @ p @ y.T
                losses.append(np.linalg.slogdet(rest + ridge)[1] / 8)
        return np.mean(losses)

    def test_an_image_without_room_for_a_region_is_refused(self):
        score, label = self.batch(shape=(2, 5, 12))
        with pytest.raises(ValueError, match=r"5 x 12 pixels .* pool \* radius = 2 \* 3: lower"):
            self.loss(radius=3)(score, label)

    def test_the_right_structure_has_more_information(self):
        _, label = self.batch(num_classes=2, ignored=0.0)
        right = 4.0 * torch.nn.functional.one_hot(label, 2).permute(0, 3, 1, 2).float()
        assert self.loss()(right, label) < self.loss()(right.flip(-1), label) - 0.1

    def test_a_shift_of_brightness_does_not_matter(self):
        assert self.loss()(torch.zeros(1, 2, 10, 12), torch.ones(1, 10, 12).long()) == pytest.approx(
            np.log(5e-4) / 2, rel=1e-4
        )
