import numpy as np
import pytest

from seg_plugins.datasets.statistics import ChannelSums, median_frequency_weights


def test_median_frequency_of_a_known_case():
    """Frequencies 0.5, 0.25 and 0.25 have the median 0.25."""
    pixels = np.array([[50, 25, 25], [50, 25, 25]])
    assert median_frequency_weights(pixels).tolist() == [0.5, 1.0, 1.0]


def test_only_images_that_hold_a_class_count():
    assert median_frequency_weights(np.array([[50, 50], [100, 0]])).tolist() == pytest.approx([5 / 6, 1.25])


def test_weights_are_limited_and_absent_classes_get_one():
    weights = median_frequency_weights(np.array([[10**6, 10**6, 1, 0]]))
    assert weights[2] == 10 and weights[3] == 1


def test_a_data_set_without_labels_has_weights_without_a_warning():
    with np.errstate(all="raise"):
        assert median_frequency_weights(np.zeros((2, 3), int)).tolist() == [1, 1, 1]
        assert median_frequency_weights(np.zeros((0, 3), int)).tolist() == [1, 1, 1]


def test_channel_sums_equal_numpy():
    rng = np.random.default_rng(0)
    images = [rng.integers(0, 60000, (7, n, 3), np.uint16) for n in (3, 9)]
    sums = ChannelSums(3)
    for image in images:
        sums.add(image)
    pixels = np.concatenate([i.reshape(-1, 3) for i in images]).astype(float)
    mean, std = sums.result()
    assert np.allclose(mean, pixels.mean(0)) and np.allclose(std, pixels.std(0))
