import numpy as np
import pytest
import torch
from torch.nn.functional import interpolate

from seg_plugins.inference import SegPredictor, view_scores
from seg_plugins.inference.view_scores import image_bands, merge_views, whole_scores
from seg_plugins.inference.windows import Band
from tests.models.base import config_for, network_for, pixels_of, vary

IMAGE = pixels_of(np.uint8, 3)


def predictor_of(steps, tta=False, mode="bilinear"):
    predictor = SegPredictor(config_for(network_for(3), steps), device="cpu", tta=tta)
    vary(predictor.model, 3)
    predictor.model.resize_mode = mode
    return predictor


def bands_of(predictor, image=IMAGE):
    (view,) = predictor.loaded.pipeline.views(predictor.read(image))
    with torch.inference_mode():
        return [
            Band(band.scores.clone(), band.top, band.left)
            for band in image_bands(predictor.loaded, predictor.forward, view, predictor.windows)
        ]


def test_bands_are_put_together():
    parts = [Band(torch.full((2, 3, 4), float(n)), 3 * (n // 2), 4 * (n % 2)) for n in range(4)]
    scores = whole_scores(iter(parts), 2, (6, 8))
    assert scores[0, ::3, ::4].tolist() == [[0, 1], [2, 3]] and scores.shape == (2, 6, 8)


@pytest.mark.parametrize("mode", ["bilinear", "nearest"])
@pytest.mark.parametrize("scale", [(40, 30), (100, 90)])
def test_scores_are_resized_strip_by_strip_where_the_image_is_large(scale, mode, monkeypatch):
    predictor = predictor_of([dict(type="Resize", scale=scale)], mode=mode)
    (at_once,) = bands_of(predictor)
    monkeypatch.setattr(view_scores, "STRIP_VALUES", 5 * 60 * 7)
    strips = bands_of(predictor)
    assert [band.top for band in strips] == list(range(0, 48, 7))
    found = whole_scores(iter(strips), 5, (48, 60))
    assert torch.allclose(found, at_once.scores, atol=1e-5)
    assert torch.equal(found.argmax(0), at_once.scores.argmax(0))


def test_strips_hold_no_scores_of_the_whole_image(monkeypatch):
    """An image of 600 x 700 whose network sees 60 x 70 of it."""
    predictor = predictor_of([dict(type="Resize", scale=(70, 60))])
    monkeypatch.setattr(view_scores, "STRIP_VALUES", 5 * 700 * 20)
    sizes = [
        band.scores.untyped_storage().nbytes()
        for band in bands_of(predictor, pixels_of(np.uint8, 3, (600, 700)))
    ]
    assert len(sizes) == 30 and max(sizes) <= 4 * 5 * 700 * 20


def test_nearest_scores_are_those_of_pytorch():
    predictor = predictor_of([dict(type="Resize", scale=(31, 23))], mode="nearest")
    (band,) = bands_of(predictor)
    (view,) = predictor.loaded.pipeline.views(predictor.read(IMAGE))
    small = predictor.forward(predictor.loaded.preprocessing.whole(*view))
    assert torch.equal(band.scores, interpolate(small, (48, 60), mode="nearest")[0])


def test_mean_and_variance_of_views():
    predictor = predictor_of((), tta=True)
    views = predictor.loaded.pipeline.views(predictor.read(IMAGE))
    with torch.inference_mode():
        mean, variance = merge_views(predictor.loaded, predictor.forward, views, None)
        parts = [
            whole_scores(image_bands(predictor.loaded, predictor.forward, view, None), 5, (48, 60)).softmax(0)
            for view in views
        ]
    stack = torch.stack(parts)
    assert len(views) == 4 and torch.allclose(mean, stack.mean(0), atol=1e-6)
    assert torch.allclose(variance, stack.var(0, unbiased=False).sum(0), atol=1e-5) and variance.max() > 1e-3
