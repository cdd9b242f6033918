import numpy as np
import pytest

from seg_plugins.transforms.random_elastic import displacement
from tests.transforms.base import GeometricTester


class TestRandomElastic(GeometricTester):
    name = "RandomElastic"
    options = dict(spacing=24, strength=3)


def test_displacements_have_the_strength_asked_for_and_are_smooth():
    np.random.seed(0)
    field = displacement((500, 700), 20, 4.0)
    assert field.shape == (2, 500, 700)
    assert field.mean() == pytest.approx(0, abs=0.3) and 2 < field.std() < 4.2
    assert np.abs(np.diff(field, axis=2)).max() < 2.5
