from dataclasses import replace

import numpy as np
import pytest

from seg_plugins.serve.shrinking import enlarge_result, shrink_image
from tests.serve.base import StubPredictor, half_bright, taken


@pytest.mark.parametrize("size, most, expected", [
    ((4, 6), 24, (4, 6)),
    ((3000, 4000), 8_000_000, (2449, 3265)),
    ((40, 60), 600, (20, 30)),
    ((1, 1000), 100, (1, 100)),
    ((1000, 1), 7, (7, 1)),
    ((9, 9), 1, (1, 1)),
])  # fmt: skip
def test_an_image_has_at_most_so_many_pixels_in_its_proportions(size, most, expected):
    image = taken(np.zeros((*size, 3), np.uint8))
    small = shrink_image(image, most)
    assert small.size == expected and small.size[0] * small.size[1] <= most
    assert (small is image) == (size == expected)


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.float32, np.int32])
@pytest.mark.parametrize("channels", [None, 1, 3, 4, 7])
def test_pixels_of_any_kind_are_means_of_those_they_stand_for(kind, channels):
    rng = np.random.default_rng(0)
    pixels = rng.integers(0, 200, (8, 12) if channels is None else (8, 12, channels)).astype(kind)
    small = shrink_image(taken(pixels), 24).pixels
    means = pixels.reshape(4, 2, 6, 2, *pixels.shape[2:]).astype(float).mean((1, 3))
    assert small.dtype == kind and small.shape == means.shape and np.abs(small - means).max() <= 1


def test_what_the_pipeline_knows_of_the_image_shrinks_too():
    missing = np.zeros((8, 12), bool)
    missing[:, 6:] = True
    image = taken(half_bright(8, 12))
    image.results |= {"missing": missing, "ori_shape": (8, 12), "img_shape": (8, 12)}
    small = shrink_image(image, 24)
    assert small.results["ori_shape"] == small.results["img_shape"] == (4, 6)
    assert (small.results["missing"] == missing[::2, ::2]).all() and small.results["missing"].dtype == bool
    assert image.size == (8, 12)  # the whole one is as it was


def test_the_answer_has_the_size_of_the_image():
    image = taken(half_bright(8, 12))
    small = StubPredictor()(shrink_image(image, 24))
    small = replace(small, valid=np.ones((4, 6), bool))
    result = enlarge_result(small, image)
    assert (result.labels == half_bright(8, 12)[..., 0] // 255).all()
    assert result.confidence.shape == result.valid.shape == (8, 12) and result.valid.dtype == bool
    assert result.labels.dtype == small.labels.dtype and (result.image == image.pixels).all()
    assert enlarge_result(small, taken(half_bright())) is small
