import warnings
from contextlib import ExitStack

import numpy as np
import pytest
import tifffile

from seg_plugins.inference import raster_files
from seg_plugins.inference.raster_files import create_raster, is_raster, open_raster

VALUES = np.random.default_rng(0).integers(100, 4000, (70, 90), np.uint16)


@pytest.fixture(params=["rasterio", "tifffile"])
def reader(request, monkeypatch):
    if request.param == "tifffile":
        monkeypatch.setattr(raster_files, "import_rasterio", lambda: None)
    else:
        pytest.importorskip("rasterio")
    return request.param


def test_parts_are_scaled_by_the_range_of_the_whole(reader, tmp_path):
    tifffile.imwrite(tmp_path / "deep.tif", VALUES)
    scale = 255 / (VALUES.max() - VALUES.min().astype(float))
    with open_raster(tmp_path / "deep.tif") as source:
        part = source(10, 20, 5, 6)
        wanted = (VALUES[10:15, 20:26] - float(VALUES.min())) * scale
        assert source.size == (70, 90) and np.abs(part[..., 1] - wanted).max() <= 0.5 + 1e-4


def test_the_first_three_of_four_bands_are_taken(reader, tmp_path):
    bands = np.random.default_rng(0).integers(0, 256, (40, 50, 4), np.uint8)
    tifffile.imwrite(tmp_path / "four.tif", bands, photometric="rgb")
    with open_raster(tmp_path / "four.tif") as source:
        assert (source(0, 0, 40, 50) == bands[..., :3]).all()


def test_written_parts_are_read_back(reader, tmp_path):
    labels = np.random.default_rng(0).integers(0, 5, (300, 280), np.uint8)
    with ExitStack() as stack:
        target = create_raster(stack, tmp_path / "l.tif", labels.shape, "uint8", {}, None)
        for top in range(0, 300, 70):
            target.write(labels[top : top + 70, :150], top, 0)
            target.write(labels[top : top + 70, 150:], top, 150)
    assert (tifffile.imread(tmp_path / "l.tif") == labels).all()


def test_small_plain_images_are_no_rasters(reader, tmp_path, monkeypatch):
    tifffile.imwrite(tmp_path / "small.tif", VALUES)
    assert not is_raster(tmp_path / "small.tif") and not is_raster(tmp_path / "none.tif")
    monkeypatch.setattr(raster_files, "RASTER_PIXELS", 100)
    assert is_raster(tmp_path / "small.tif")


def test_compressed_without_rasterio_names_the_extra(tmp_path, monkeypatch):
    tifffile.imwrite(tmp_path / "packed.tif", VALUES, compression="zlib")
    monkeypatch.setattr(raster_files, "import_rasterio", lambda: None)
    with (
        pytest.raises(ValueError, match=r"packed\.tif: .*seg-plugins\[raster\]"),
        open_raster(tmp_path / "packed.tif"),
    ):
        pass


def test_a_plain_image_gives_no_warning_about_its_place(tmp_path):
    pytest.importorskip("rasterio")
    tifffile.imwrite(tmp_path / "plain.tif", np.zeros((40, 50, 3), np.uint8))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert not is_raster(tmp_path / "plain.tif")
        with ExitStack() as stack:
            create_raster(stack, tmp_path / "out.tif", (40, 50), "uint8", {}, None)
