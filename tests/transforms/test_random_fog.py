import numpy as np

from seg_plugins.transforms.random_fog import RandomFog, smooth_field
from tests.transforms.base import PhotometricTester, apply


class TestRandomFog(PhotometricTester):
    name = "RandomFog"


def test_contrast_falls_and_the_mean_goes_to_the_air():
    image = np.tile(np.array([0, 255], np.uint8), (64, 32))[..., None].repeat(3, axis=2)
    fog = RandomFog(prob=1.0, density=(0.5, 0.5), light=(0.8, 0.8))
    out = apply(fog, image, image[..., 0])["img"].astype(float)
    contrast = (out[:, 1::2] - out[:, ::2])[..., 0]
    assert 60 < contrast.mean() < 200 and contrast[:8].mean() < contrast[-8:].mean()
    assert out.mean() > image.mean()


def test_the_field_is_smooth_and_within_bounds():
    field = smooth_field((100, 200))
    assert field.min() >= 0 and field.max() <= 1 and np.ptp(field) > 0.2
    assert np.abs(np.diff(field, axis=0)).max() < 0.1
