import numpy as np
import pytest

from seg_plugins.datasets.statistics import median_frequency_weights
from seg_plugins.doctor.inspection import Inspection
from seg_plugins.doctor.statistics import class_weights, intensity

COUNTS = np.array([[90, 10, 0, 0], [60, 0, 40, 0]])


def test_weights_by_hand():
    weights = class_weights(COUNTS)
    inverse = np.array([200 / 150, 200 / 10, 200 / 40])
    assert weights["inverse"] == pytest.approx([*(inverse * 3 / inverse.sum()), 0], abs=1e-4)
    frequency = np.array([150 / 200, 10 / 100, 40 / 100])
    median = np.median(frequency) / frequency
    assert weights["median_frequency"] == pytest.approx([*median, 1], abs=1e-4)
    beta = 0.9999
    number = np.array([(1 - beta) / (1 - beta**n) for n in (2, 1, 1)])
    assert weights["effective_number"] == pytest.approx([*(number * 3 / number.sum()), 0], abs=1e-4)


def test_median_frequency_is_the_same_wherever_it_is_said():
    """In the diagnosis, and in the configs that are made for own data."""
    rng = np.random.default_rng(0)
    for classes in (2, 5, 11):
        counts = rng.integers(0, 1000, (40, classes)) * (rng.random((40, classes)) < 0.6)
        counts[:, -1] = 0
        said = class_weights(counts)["median_frequency"]
        assert said == pytest.approx(median_frequency_weights(counts).tolist(), abs=1e-4)
    assert class_weights(np.zeros((2, 3), int))["median_frequency"] == [1, 1, 1]


def test_mean_and_deviation_are_those_of_all_pixels():
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 256, (h, 7, 3)).astype(float) for h in (4, 9)]
    found = [
        Inspection("train", "", "", size=i.shape[:2], mean=i.mean((0, 1)), square=(i**2).mean((0, 1)))
        for i in images
    ]
    pixels = np.concatenate([i.reshape(-1, 3) for i in images])
    mean, std = intensity(found)
    assert mean == pytest.approx(pixels.mean(0), abs=1e-3) and std == pytest.approx(pixels.std(0), abs=1e-3)


def test_images_of_different_channels_have_no_common_mean():
    found = [Inspection("t", "", "", size=(2, 2), mean=np.zeros(c), square=np.zeros(c)) for c in (1, 3)]
    assert intensity(found) is None
