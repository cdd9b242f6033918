import numpy as np
import pytest

from seg_plugins.transforms.random_blur import motion_kernel
from tests.transforms.base import PhotometricTester


class TestRandomBlur(PhotometricTester):
    name = "RandomBlur"
    options = dict(sigma=(1.0, 1.8), length=(5, 9))


@pytest.mark.parametrize("angle", [0, 30, 90])
def test_a_moved_point_is_a_line(angle):
    kernel = motion_kernel(9, angle)
    y, x = np.nonzero(kernel > 0.02)
    assert kernel.sum() == pytest.approx(1) and kernel.shape == (9, 9)
    assert np.hypot(np.ptp(x), np.ptp(y)) == pytest.approx(8, abs=1.5)
    assert np.ptp(y) == pytest.approx(8 * np.sin(np.radians(angle)), abs=1.5)
