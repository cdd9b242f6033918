import numpy as np
import torch
from mmseg.registry import MODELS

from seg_plugins.classical.grab_cut import grab_cut
from seg_plugins.postprocess.prediction import BatchPrediction


def disc():
    y, x = np.mgrid[:60, :80]
    truth = (y - 30) ** 2 + (x - 40) ** 2 < 18**2
    rng = np.random.default_rng(0)
    image = np.where(truth[..., None], [200, 60, 40], [40, 120, 60]) + rng.integers(-8, 9, (60, 80, 3))
    return image.astype(np.uint8), truth


def test_a_rough_box_becomes_the_object():
    image, truth = disc()
    probability = np.full((60, 80), 0.1)
    probability[8:52, 18:62] = 0.7
    cut = grab_cut(image, probability, sure=0.98, iterations=3)
    assert (cut == truth).mean() > 0.99 > ((probability > 0.5) == truth).mean()


def test_without_foreground_nothing_is_cut():
    image, _ = disc()
    assert not grab_cut(image, np.zeros((60, 80)), 0.98, 3).any()


def test_sure_pixels_stay_and_other_classes_with_them():
    image, truth = disc()
    logits = torch.zeros(1, 3, 60, 80)
    logits[0, 1, 8:52, 18:62] = 2
    logits[0, 2, :5] = 9
    prediction = BatchPrediction(
        logits, logits.argmax(1), torch.from_numpy(image).permute(2, 0, 1)[None].float()
    )
    out = MODELS.build(dict(type="GrabCut"))(prediction)
    assert (out.labels[0, :5] == 2).all()
    assert ((out.labels[0] == 1).numpy() == truth).mean() > 0.98
