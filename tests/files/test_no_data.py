import numpy as np
import pytest
import tifffile

from seg_plugins.files.no_data import fill_missing, find_missing, missing_values, transparent

PLACE = (33550, "d", 3, (1.0, 1.0, 0.0), True)


def test_what_is_missing():
    image = np.array([[1.0, np.nan, np.inf, -np.inf, -9999.0, -3.4028235e38]], np.float32)
    assert missing_values(image).tolist() == [[False, True, True, True, False, True]]
    assert missing_values(image, -9999.0).tolist() == [[False, True, True, True, True, True]]
    assert missing_values(np.array([[1.0, 2.0]])) is None
    assert missing_values(np.array([[0, 7]], np.int16), -9999.0) is None
    assert missing_values(np.array([[-9999, 7]], np.int16), -9999.0).tolist() == [[True, False]]
    assert missing_values(np.array([[0, 7]], np.uint8), -9999.0) is None  # no such number


def test_of_8_bits_all_channels_have_to_be_no_data():
    image = np.array([[[0, 0, 0], [0, 9, 9]]], np.uint8)
    assert missing_values(image, 0.0).all(axis=-1).tolist() == [[True, False]]
    assert not missing_values(image, 0.0)[0, 1].any()


def test_filling():
    image = np.array([[[1.0, np.nan], [np.nan, 4.0]]], np.float32)
    missing = missing_values(image)
    assert fill_missing(image, missing, 0.0).tolist() == [[[1, 0], [0, 4]]]
    filled = fill_missing(image, missing, [7.5, -2.0])
    assert filled.tolist() == [[[1, -2], [7.5, 4]]] and filled.dtype == np.float32
    assert np.isnan(image).sum() == 2 and fill_missing(image, None, 0.0) is image
    with pytest.raises(ValueError, match="3 numbers, but the image has 2 channels"):
        fill_missing(image, missing, [1, 2, 3])
    whole = np.array([[0, 200]], np.uint8)
    assert fill_missing(whole, whole == 0, 300.7).tolist() == [[255, 200]]


def geotiff(tmp_path, array, tags=(PLACE,), **options):
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="rgb", extratags=list(tags), **options)
    return (tmp_path / "a.tif").read_bytes()


@pytest.mark.parametrize("kind, channels", [(np.uint8, 2), (np.uint16, 4), (np.uint8, 6)])
def test_transparency_beside_any_number_of_channels(kind, channels, tmp_path):
    array = np.full((4, 6, channels), 255, kind)
    array[0, :, -1] = 0
    extra = dict(photometric="minisblack", planarconfig="contig", extrasamples=[0] * (channels - 2) + [2])
    tags = [(33550, "d", 3, (1.0, 1.0, 0.0), True)]
    tifffile.imwrite(tmp_path / "a.tif", array, extratags=tags, **extra)
    hidden = transparent((tmp_path / "a.tif").read_bytes())
    assert hidden[0].all() and not hidden[1:].any()


def test_transparency_of_a_geotiff(tmp_path):
    array = np.full((4, 6, 4), 255, np.uint8)
    array[0, :, 3] = 0
    hidden = transparent(geotiff(tmp_path, array, extrasamples=[2]))
    assert hidden[0].all() and not hidden[1:].any()
    missing = find_missing(array[..., :3], geotiff(tmp_path, array, extrasamples=[2]))
    assert missing.shape == (4, 6, 3) and np.array_equal(missing.all(axis=-1), hidden)
    assert transparent(geotiff(tmp_path, array, (), extrasamples=[2])) is None  # lies on no map
    assert transparent(geotiff(tmp_path, array, extrasamples=[0])) is None  # says nothing of transparency
    array[1, 0, 3] = 77  # a band, then
    assert transparent(geotiff(tmp_path, array, extrasamples=[2])) is None
