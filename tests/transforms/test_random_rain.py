import numpy as np

from seg_plugins.transforms.random_rain import streaks
from tests.transforms.base import PhotometricTester


class TestRandomRain(PhotometricTester):
    name = "RandomRain"


def test_streaks_follow_count_length_and_slant():
    np.random.seed(0)
    few, many = (streaks((200, 200), n, 20, 0) for n in (10, 100))
    assert few.min() >= 0 and many.max() <= 1
    assert many.sum() > 6 * few.sum()
    assert few.sum() < 10 * 30 * 3
    upright = np.abs(np.diff(many, axis=0)).sum()
    assert upright < 0.6 * np.abs(np.diff(many, axis=1)).sum()
