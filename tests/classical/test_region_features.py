import numpy as np
from scipy import ndimage
from skimage.color import rgb2lab

from seg_plugins.classical.region_features import FEATURES, region_features, region_means


def test_means_equal_scipy():
    rng = np.random.default_rng(0)
    values, regions = rng.random((9, 12, 2)), rng.integers(0, 5, (9, 12))
    want = np.stack([ndimage.mean(values[..., c], regions, range(5)) for c in range(2)], 1)
    assert np.allclose(region_means(values, regions), want)


def test_features_of_a_picture():
    rng = np.random.default_rng(0)
    image = rng.integers(0, 256, (40, 80, 3), dtype=np.uint8)
    regions = np.zeros((40, 80), int)
    regions[:, 60:] = 1
    found = dict(zip(FEATURES, region_features(image, regions).T, strict=True))
    lab = rgb2lab(image)
    for channel, name in enumerate("Lab"):
        assert np.allclose(found[name], ndimage.mean(lab[..., channel], regions, [0, 1]), atol=0.2)
        spread = ndimage.standard_deviation(lab[..., channel], regions, [0, 1])
        assert np.allclose(found[f"{name} std"], np.log(spread + 0.5), atol=0.02)
    assert np.allclose(found["x"], [29.5 / 80, 69.5 / 80]) and np.allclose(found["y"], 19.5 / 40)
    assert np.allclose(np.exp(found["log area"]), [0.75, 0.25])


def test_a_brighter_region_ranks_higher():
    image = np.full((40, 40, 3), 50, np.uint8)
    image[10:20, 10:20] = 200
    features = dict(zip(FEATURES, region_features(image, (image[..., 0] > 99).astype(int)).T, strict=True))
    assert features["L rank"][1] > features["L rank"][0] and features["contrast"][1] > 0
