import numpy as np
import pytest

from seg_plugins.ops.display import scale_to_bytes, shown

RGB = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
DEEP = np.array([[1000, 1500], [2000, 3000]])


def test_constant_and_infinite_values_scale_to_black():
    assert not scale_to_bytes(np.full((2, 2), 700, np.uint16)).any()
    assert scale_to_bytes(np.array([0.0, np.nan, np.inf, 2.0])).tolist() == [0, 0, 0, 255]


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32])
def test_more_than_eight_bits_are_shown_by_their_range(dtype):
    assert shown(DEEP.astype(dtype), bgr=True)[..., 0].tolist() == [[0, 64], [128, 255]]


def test_the_first_three_channels_are_shown_red_first():
    assert (shown(RGB[..., ::-1], bgr=True) == RGB).all() and (shown(RGB, bgr=False) == RGB).all()
    seven = np.concatenate([RGB, RGB, RGB[..., :1]], 2)
    assert (shown(seven, bgr=False) == RGB).all()
    assert (shown(RGB[..., :2], bgr=False) == RGB[..., :1]).all()


def test_floats_of_eight_bits_keep_their_numbers():
    assert (shown(RGB.astype(np.float32), bgr=False) == RGB).all()
    fractions = np.array([[0.0, 0.5, 1.0]], np.float32)
    assert shown(fractions, bgr=False)[..., 0].tolist() == [[0, 128, 255]]
