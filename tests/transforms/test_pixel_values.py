import numpy as np
import pytest

from seg_plugins.transforms.pixel_values import as_type_of, full_scale, in_channel_groups


def test_types():
    eight = np.zeros((1, 3), np.uint8)
    assert as_type_of(eight, np.array([[-3.0, 1.6, 300.0]])).tolist() == [[0, 2, 255]]
    assert as_type_of(eight.astype("f4"), np.array([[-3.0, 1.5, 300.0]])).tolist() == [[-3.0, 1.5, 300.0]]
    assert full_scale(np.ones((2, 2), np.float32)) == 1.0  # a flat image has no range


@pytest.mark.parametrize("shape", [(4, 5), (4, 5, 1), (4, 5, 4), (4, 5, 9)])
def test_groups(shape):
    image, seen = np.random.default_rng(0).random(shape), []

    def halve(part):
        seen.append(part.shape)
        return np.squeeze(part[:2], axis=2) if part.ndim == 3 and part.shape[2] == 1 else part[:2]

    assert np.array_equal(in_channel_groups(image, halve), image[:2])
    assert all(len(s) == 2 or s[2] <= 4 for s in seen)
