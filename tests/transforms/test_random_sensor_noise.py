import numpy as np
import pytest

from seg_plugins.transforms import RandomSensorNoise
from tests.transforms.base import PhotometricTester, apply


class TestRandomSensorNoise(PhotometricTester):
    name = "RandomSensorNoise"


@pytest.mark.parametrize("value, expected", [(64, np.hypot(0.02, 0.03 * np.sqrt(64 / 255))), (0, None)])
def test_spread_follows_the_model(value, expected):
    noise = RandomSensorNoise(prob=1.0, reading=(0.02, 0.02), photons=(0.03, 0.03))
    image = np.full((200, 200, 3), value, np.uint8)
    out = apply(noise, image, image[..., 0])["img"].astype(float)
    if expected is not None:
        assert out.std() / 255 == pytest.approx(expected, rel=0.03) and out.mean() == pytest.approx(
            value, abs=0.2
        )
    else:
        assert out.max() < 40  # cut at black, not wrapped around to white
