import numpy as np
import pytest

from seg_plugins.converters.scale_rule import ScaleRule, crop_for, crop_of, resizes, windows_of
from seg_plugins.datasets.image_sizes import ImageSizes

PHOTOS = ImageSizes(np.array([[159, 225], [480, 640], [480, 640]]))


@pytest.mark.parametrize(
    "size, crop", [((40, 500), (32, 256)), ((20, 100), (32, 96)), ((256, 256), (256, 256))]
)
def test_crop_fits_the_image(size, crop):
    assert crop_of(size) == crop


def test_the_smallest_image_decides_nothing():
    scaling = ScaleRule.choose(PHOTOS, None, False, False)
    assert scaling.scale == (480, 640) and "the median" in scaling.reason
    assert crop_for(PHOTOS, scaling.scale) == (256, 256)
    turned = ImageSizes(np.array([[480, 96], [96, 480], [96, 480]]))
    assert crop_for(turned, None) == (96, 96)


def test_options_and_ground_measures_decide():
    assert ScaleRule.choose(PHOTOS, (100, 200), False, True).scale == (100, 200)
    native = ScaleRule.choose(PHOTOS, None, True, False)
    assert native.scale is None and native.windows
    placed = ScaleRule.choose(PHOTOS, None, False, True)
    assert placed.scale is None and not placed.windows
    large = ScaleRule.choose(ImageSizes(np.array([[3000, 4000]])), None, False, False)
    assert large.scale == (768, 1024) and "median 3000x4000 reduced" in large.reason


def test_steps_are_written():
    steps = resizes(ScaleRule.choose(PHOTOS, None, False, False))
    assert "scale = (640, 480)" in steps["scale"] and "scale=scale" in steps["test_resize"]
    native = ScaleRule.choose(PHOTOS, None, True, False)
    assert resizes(native)["test_resize"] == "" and "slide" in windows_of(native, (96, 96))
    assert "stride=(64, 64)" in windows_of(native, (96, 96))
