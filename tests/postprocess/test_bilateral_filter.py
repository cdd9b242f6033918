import cv2
import numpy as np
import pytest
import torch
from mmseg.registry import MODELS

from seg_plugins.postprocess.bilateral_filter import joint_bilateral
from seg_plugins.postprocess.prediction import BatchPrediction


def test_guided_by_itself_it_equals_opencv():
    image = np.random.default_rng(0).random((24, 31)).astype(np.float32)
    radius = 3
    want = cv2.bilateralFilter(np.pad(image, radius), 2 * radius + 1, 0.3, 2.0)[
        radius:-radius, radius:-radius
    ]
    tensor = torch.from_numpy(image)[None, None]
    got = joint_bilateral(tensor, tensor, radius, 2.0, 0.3)[0, 0].numpy()
    inner = np.s_[radius:-radius, radius:-radius]
    y, x = np.mgrid[-radius : radius + 1, -radius : radius + 1]
    assert (y**2 + x**2 > radius**2).any()  # OpenCV's window is a disc, ours a square: compare with both
    brute = np.zeros_like(image)
    disc = np.zeros_like(image)
    padded = np.pad(image, radius, constant_values=np.nan)
    for i in range(24):
        for j in range(31):
            patch = padded[i : i + 2 * radius + 1, j : j + 2 * radius + 1]
            weight = np.exp(-(y**2 + x**2) / 8 - (patch - image[i, j]) ** 2 / 0.18)
            weight[np.isnan(patch)] = 0
            brute[i, j] = np.nansum(weight * np.nan_to_num(patch)) / weight.sum()
            weight[y**2 + x**2 > radius**2] = 0
            disc[i, j] = np.nansum(weight * np.nan_to_num(patch)) / weight.sum()
    assert np.allclose(got, brute, atol=1e-5)
    assert np.allclose(want[inner], disc[inner], atol=1e-3)


def test_the_step_removes_specks_and_keeps_the_edge():
    image = torch.zeros(1, 3, 24, 24)
    image[..., 12:] = 200
    truth = (image[:, 0] > 100).long()
    noisy = truth.clone()
    noisy[:, 5, 5] = 1
    noisy[:, 9, 18] = 0
    logits = torch.nn.functional.one_hot(noisy, 2).permute(0, 3, 1, 2).float() * 3
    out = MODELS.build(dict(type="BilateralFilter"))(BatchPrediction(logits, noisy, image))
    assert torch.equal(out.labels, truth)


@pytest.mark.parametrize("settings", [dict(radius=-1), dict(position_std=0), dict(colour_std=0)])
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(ValueError, match=r"BilateralFilter\(.*use "):
        MODELS.build(dict(type="BilateralFilter") | settings)
