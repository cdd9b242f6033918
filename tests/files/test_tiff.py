import sys

import numpy as np
import pytest
import tifffile
from PIL import Image, TiffImagePlugin

from seg_plugins.files.orientation import turn
from seg_plugins.files.tiff import ONE_FILE, is_tiff, read_tiff, tiff_shape
from seg_plugins.files.tiff_tags import read_tag

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


def test_lzw_is_read_through_rasterio(tmp_path):
    pytest.importorskip("rasterio")
    array = RNG.integers(0, 255, (6, 8, 3), np.uint8)
    for stored in (array, array[..., 0]):
        Image.fromarray(stored).save(tmp_path / "a.tif", compression="tiff_lzw")
        assert np.array_equal(read_tiff((tmp_path / "a.tif").read_bytes(), "a"), stored)


@pytest.mark.parametrize("compression", [None, "group4", "tiff_lzw"])
def test_bits_and_white_that_is_zero(tmp_path, compression):
    if compression:
        pytest.importorskip("rasterio")
    bits = RNG.random((6, 16)) > 0.5
    for white in (0, 1):
        tags = TiffImagePlugin.ImageFileDirectory_v2()
        tags[262] = white
        Image.fromarray(bits).save(tmp_path / "a.tif", compression=compression, tiffinfo=tags)
        data = (tmp_path / "a.tif").read_bytes()
        with Image.open(tmp_path / "a.tif") as picture:
            assert np.array_equal(read_tiff(data, "a"), np.asarray(picture)), read_tag(data, 262)


@pytest.mark.parametrize("way", range(1, 9))
def test_orientation(tmp_path, way):
    array = RNG.integers(0, 60000, (6, 8, 5), np.uint16)
    options = dict(photometric="minisblack", planarconfig="contig", extratags=[(274, "H", 1, way, True)])
    tifffile.imwrite(tmp_path / "a.tif", array, **options)
    assert np.array_equal(read_tiff((tmp_path / "a.tif").read_bytes(), "a"), turn(array, way))
    assert tiff_shape(tmp_path / "a.tif") == (6, 8)


def test_without_tifffile_the_size_comes_from_the_tags(tmp_path, monkeypatch):
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((6, 8), np.uint8))
    monkeypatch.setitem(sys.modules, "tifffile", None)
    assert tiff_shape(tmp_path / "a.tif") == (6, 8)
    with pytest.raises(ImportError, match="pip install tifffile"):
        read_tiff((tmp_path / "a.tif").read_bytes(), "a.tif")


OME = """<?xml version="1.0"?>
<OME xmlns="http://www.openmicroscopy.org/Schemas/OME/2016-06" UUID="urn:uuid:1"><Image ID="Image:0">
<Pixels ID="P:0" DimensionOrder="XYCZT" Type="uint8" SizeX="5" SizeY="4" SizeC="2" SizeZ="1" SizeT="1">
<Channel ID="Channel:0:0" SamplesPerPixel="1"/><Channel ID="Channel:0:1" SamplesPerPixel="1"/>
<TiffData FirstC="0" IFD="0" PlaneCount="1"><UUID FileName="a.ome.tif">urn:uuid:1</UUID></TiffData>
<TiffData FirstC="1" IFD="0" PlaneCount="1"><UUID FileName="../secret.tif">urn:uuid:2</UUID></TiffData>
</Pixels></Image></OME>"""


def test_no_other_file_is_read(tmp_path):
    """The metadata of an OME-TIFF may name other files."""
    tifffile.imwrite(tmp_path / "secret.tif", np.full((4, 5), 77, np.uint8), metadata=None)
    path = tmp_path / "folder" / "a.ome.tif"
    path.parent.mkdir()
    tifffile.imwrite(path, np.zeros((4, 5), np.uint8), description=OME, metadata=None)
    with tifffile.TiffFile(path) as file:
        assert 77 in file.series[0].asarray()
    assert tiff_shape(path) == (4, 5) and not read_tiff(path.read_bytes(), path).any()
    assert tifffile.memmap(path, mode="r", **ONE_FILE).shape == (4, 5)
