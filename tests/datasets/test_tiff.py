import numpy as np
import pytest
import tifffile

from seg_plugins.datasets.tiff import is_tiff, read_tiff, tiff_shape

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("shape", [(6, 8), (6, 8, 3), (6, 8, 7)])
@pytest.mark.parametrize("dtype", [np.uint8, np.uint16, np.float32])
def test_channels_last_files(tmp_path, shape, dtype):
    array = (RNG.random(shape) * 200).astype(dtype)
    planar = dict(planarconfig="contig") if len(shape) == 3 else {}
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="minisblack", **planar)
    data = (tmp_path / "a.tif").read_bytes()
    assert is_tiff(data) and np.array_equal(read_tiff(data, "a.tif"), array)
    assert tiff_shape(tmp_path / "a.tif") == (6, 8)


def test_channels_first_files(tmp_path):
    array = RNG.integers(0, 60000, (5, 6, 8), np.uint16)
    for planar in ("separate", None):
        tifffile.imwrite(tmp_path / "a.tif", array, photometric="minisblack", planarconfig=planar)
        assert np.array_equal(read_tiff((tmp_path / "a.tif").read_bytes(), "a"), np.moveaxis(array, 0, -1))
        assert tiff_shape(tmp_path / "a.tif") == (6, 8)


@pytest.mark.parametrize("channels", [2, 5])
def test_arrays_that_were_written_without_a_word_about_colour(tmp_path, channels):
    array = RNG.integers(0, 60000, (6, 8, channels), np.uint16)
    tifffile.imwrite(tmp_path / "a.tif", array)
    assert np.array_equal(read_tiff((tmp_path / "a.tif").read_bytes(), "a"), array)
    assert tiff_shape(tmp_path / "a.tif") == (6, 8)


def test_faults_are_named(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((2, 3, 6, 8), np.uint8), photometric="minisblack")
    with pytest.raises(ValueError, match=r"a\.tif.*at most three"):
        read_tiff((tmp_path / "a.tif").read_bytes(), "a.tif")
    with pytest.raises(ValueError, match=r"b\.tif cannot be decoded"):
        read_tiff(b"II*\0nonsense", "b.tif")
    assert not is_tiff(b"\x89PNG")
