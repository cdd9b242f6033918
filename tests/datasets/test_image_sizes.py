import mmcv
import numpy as np
import pytest

from seg_plugins.datasets.image_sizes import ImageSizes, scale_factors

PHOTOS = np.array([[159, 225], [480, 640], [480, 640], [640, 480], [640, 786]])


@pytest.mark.parametrize("scale", [(640, 480), (480, 640), (100, 900)])
def test_factors_are_those_of_the_resize(scale):
    for (height, width), factor in zip(PHOTOS, scale_factors(PHOTOS, scale), strict=True):
        resized = mmcv.rescale_size((width, height), scale)
        assert abs(np.array(resized) / (width, height) - factor).max() < 0.01


def test_the_scale_is_the_median_the_way_most_images_lie():
    assert ImageSizes(PHOTOS).common_scale() == (480, 640) and ImageSizes(PHOTOS).turned
    assert ImageSizes(PHOTOS[:, ::-1]).common_scale() == (640, 480)
    assert ImageSizes(PHOTOS[:3]).turned is False


def test_one_tiny_image_does_not_decide():
    sizes = np.array([[3000, 4000]] * 9 + [[40, 60]])
    assert ImageSizes(sizes).common_scale() == (768, 1024)
    assert ImageSizes(sizes).common_scale(5000) == (3000, 4000)


def test_the_spread_names_both_ends():
    small, large, times = ImageSizes(PHOTOS).extremes
    assert (small, large) == ((159, 225), (640, 786)) and times == pytest.approx(786 / 225, abs=0.3)
