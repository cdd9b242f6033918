import numpy as np
import pytest
from skimage.filters import threshold_local, threshold_multiotsu, threshold_otsu

from seg_plugins.classical.threshold_regions import ThresholdRegions, threshold
from tests.classical.base import RegionTester


class TestOtsu(RegionTester):
    config = dict(type="ThresholdRegions", method="otsu")
    purity = 1.0


class TestMultiOtsu(RegionTester):
    config = dict(type="ThresholdRegions", method="multi_otsu", split=True)


class TestAdaptive(RegionTester):
    config = dict(type="ThresholdRegions", method="adaptive", window=15)
    purity = 0.5  # a threshold at the local mean sees no plain halves


def picture():
    rng = np.random.default_rng(0)
    levels = np.array([40, 120, 210])[rng.integers(0, 3, (60, 80))]
    return np.clip(levels + rng.normal(0, 9, (60, 80)), 0, 255).astype(np.uint8)


def test_otsu_equals_scikit_image():
    grey = picture()
    assert (threshold(grey, "otsu") == (grey > threshold_otsu(grey))).mean() > 0.995


def test_multi_otsu_equals_scikit_image():
    grey = picture()
    low, high = threshold_multiotsu(grey, 3)
    assert np.array_equal(threshold(grey, "multi_otsu", 3), (grey > low).astype(int) + (grey > high))


def test_adaptive_equals_scikit_image():
    grey = picture()
    sigma = 0.3 * ((15 - 1) * 0.5 - 1) + 0.8  # OpenCV's for a window of 15
    local = threshold_local(grey, 15, "gaussian", offset=5, param=sigma)
    assert (threshold(grey, "adaptive", window=15) == (grey > local)).mean() > 0.95


def test_an_unknown_method_is_refused():
    with pytest.raises(ValueError, match="multi_otsu"):
        ThresholdRegions("kittler")


@pytest.mark.parametrize("settings", [dict(levels=1), dict(window=50), dict(window=1)])
def test_settings_that_cannot_be_are_refused(settings):
    with pytest.raises(ValueError, match=r"ThresholdRegions\(levels=.*use 2 or more levels"):
        ThresholdRegions(**settings)
