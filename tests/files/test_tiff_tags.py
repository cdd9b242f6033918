import numpy as np
import pytest
import tifffile

from seg_plugins.files.tiff_tags import has_alpha, is_geotiff, no_data_value, read_tag, tag_size


def written(tmp_path, array=None, tags=(), **options):
    array = np.zeros((4, 6), np.uint8) if array is None else array
    tifffile.imwrite(tmp_path / "a.tif", array, extratags=list(tags), **options)
    return (tmp_path / "a.tif").read_bytes()


@pytest.mark.parametrize("order, big", [("<", False), (">", True)])
def test_reads_short_and_long_contents(tmp_path, order, big):
    tags = [
        (65000, "H", 5, (1, 2, 3, 4, 5), True),
        (65001, "s", 0, "a longer text", True),
        (65002, "d", 1, 0.5, True),
    ]
    data = written(tmp_path, tags=tags, byteorder=order, bigtiff=big)
    assert read_tag(data, 65000) == (1, 2, 3, 4, 5) and read_tag(data, 65001) == "a longer text"
    assert read_tag(data, 65002) == () and read_tag(data, 65003) is None
    assert tag_size(data) == (4, 6)


@pytest.mark.parametrize("text, value", [("-9999", -9999.0), ("0 ", 0.0), ("what", None)])
def test_no_data(tmp_path, text, value):
    assert no_data_value(written(tmp_path, tags=[(42113, "s", 0, text, True)])) == value
    assert no_data_value(written(tmp_path)) is None and no_data_value(b"\x89PNG") is None


def test_transparency_and_place(tmp_path):
    array = np.zeros((4, 6, 4), np.uint8)
    data = written(
        tmp_path, array, [(33550, "d", 3, (1.0, 1.0, 0.0), True)], photometric="rgb", extrasamples=[2]
    )
    assert has_alpha(data) and is_geotiff(data)
    data = written(tmp_path, array, photometric="rgb", extrasamples=[0])
    assert not has_alpha(data) and not is_geotiff(data)
    assert not has_alpha(b"") and read_tag(b"II*\0\xff\xff\xff\xff", 1) is None
