import numpy as np
import pytest

from seg_plugins.transforms import RandomOcclusion
from tests.transforms.base import PhotometricTester, apply, block_labels, picture


class TestRandomOcclusion(PhotometricTester):
    name = "RandomOcclusion"


@pytest.mark.parametrize("seed", range(5))
def test_one_rectangle_of_its_mean_colour(seed):
    image, labels = picture(), block_labels()
    hide = RandomOcclusion(prob=1.0, count=(1, 1), size=(0.25, 0.5), seg_value=255)
    out = apply(hide, image, labels, seed)
    hidden = out["gt_seg_map"] == 255
    y, x = np.nonzero(hidden)
    assert hidden.sum() == (np.ptp(y) + 1) * (np.ptp(x) + 1)
    assert 12 <= np.ptp(y) + 1 <= 24 and 16 <= np.ptp(x) + 1 <= 32
    assert np.ptp(out["img"][hidden], axis=0).max() == 0
    assert np.abs(out["img"][hidden][0] - image[hidden].mean(axis=0)).max() <= 1
    assert np.array_equal(out["img"][~hidden], image[~hidden])
    assert np.array_equal(out["gt_seg_map"][~hidden], labels[~hidden])
