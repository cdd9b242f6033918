from pathlib import Path

import pytest

from seg_plugins.converters.folder_config import configs_folder, crop_of, rounded


@pytest.mark.parametrize(
    "size, crop", [((40, 500), (32, 256)), ((20, 100), (32, 96)), ((256, 256), (256, 256))]
)
def test_crop_fits_the_smallest_image(size, crop):
    assert crop_of(size) == crop


def test_rounding_keeps_four_digits():
    assert rounded([123.456, 0.00012345]) == [123.5, 0.0001234]


def test_configs_are_found():
    assert (configs_folder() / "_base_" / "runtime.py").is_file() and isinstance(configs_folder(), Path)
