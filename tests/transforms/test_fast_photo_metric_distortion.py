import numpy as np
import pytest
from mmseg.datasets.transforms import PhotoMetricDistortion

from seg_plugins.transforms import FastPhotoMetricDistortion


def distorted(transform, image, seed):
    np.random.seed(seed)
    return transform(dict(img=image.copy()))["img"]


def test_equals_upstream_for_any_seed():
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3), np.uint8)
    results = [distorted(FastPhotoMetricDistortion(), image, seed) for seed in range(60)]
    assert all(
        np.array_equal(ours, distorted(PhotoMetricDistortion(), image, seed))
        for seed, ours in enumerate(results)
    )
    assert len({r.tobytes() for r in results}) > 40


@pytest.mark.parametrize("shape, dtype", [((20, 30), np.uint8), ((20, 30, 7), np.uint8), ((20, 30, 5), "f4")])
def test_other_images_keep_shape_and_type_and_channels_change_alike(shape, dtype):
    image = np.random.default_rng(0).integers(60, 190, shape).astype(dtype)
    if len(shape) == 3:
        image[..., 1:] = image[..., :1]
    changed = 0
    for seed in range(20):
        out = distorted(FastPhotoMetricDistortion(), image, seed)
        assert out.shape == image.shape and out.dtype == image.dtype
        assert len(shape) == 2 or (out == out[..., :1]).all()
        changed += not np.array_equal(out, image)
    assert 5 < changed < 20  # a quarter has neither brightness nor contrast
