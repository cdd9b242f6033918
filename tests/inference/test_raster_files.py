import socket
import warnings
from pathlib import Path

import numpy as np
import pytest
import tifffile

from seg_plugins.inference import raster_files
from seg_plugins.inference.raster_files import fits_whole, has_map_coordinates, is_raster, open_raster

VALUES = np.random.default_rng(0).integers(100, 4000, (70, 90), np.uint16)


@pytest.fixture(params=["rasterio", "tifffile"])
def reader(request):
    request.getfixturevalue("no_rasterio") if request.param == "tifffile" else pytest.importorskip("rasterio")
    return request.param


def test_parts_have_the_numbers_of_the_file(reader, tmp_path):
    tifffile.imwrite(tmp_path / "deep.tif", VALUES)
    with open_raster(tmp_path / "deep.tif") as source:
        part = source(10, 20, 5, 6)
        assert source.size == (70, 90) and source.bands == 1 and part.dtype == np.uint16
        assert (part[..., 0] == VALUES[10:15, 20:26]).all() and source.valid(10, 20, 5, 6) is None


@pytest.mark.parametrize("kind", [np.uint8, np.float32])
def test_all_bands_are_given(reader, tmp_path, kind):
    bands = np.random.default_rng(0).integers(0, 256, (40, 50, 5)).astype(kind)
    tifffile.imwrite(tmp_path / "five.tif", bands, photometric="minisblack", planarconfig="contig")
    with open_raster(tmp_path / "five.tif") as source:
        assert source.bands == 5 and (source(0, 0, 40, 50) == bands).all()


def test_small_plain_images_are_no_rasters(reader, tmp_path, monkeypatch):
    tifffile.imwrite(tmp_path / "small.tif", VALUES)
    assert not is_raster(tmp_path / "small.tif") and not is_raster(tmp_path / "none.tif")
    monkeypatch.setattr(raster_files, "RASTER_PIXELS", 100)
    assert is_raster(tmp_path / "small.tif")


def test_compressed_without_rasterio_names_the_extra(tmp_path, no_rasterio):
    tifffile.imwrite(tmp_path / "packed.tif", VALUES, compression="zlib")
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


def test_a_damaged_deep_raster_is_told_by_its_head(tmp_path):
    rasterio = pytest.importorskip("rasterio")
    with rasterio.open(
        tmp_path / "deep.tif", "w", driver="GTiff", height=70, width=90, count=1, dtype="uint16",
        crs="EPSG:32633", transform=rasterio.Affine(2, 0, 5, 0, -2, 5), compress="deflate",
    ) as file:  # fmt: skip
        file.write(VALUES, 1)
    content = (tmp_path / "deep.tif").read_bytes()
    (tmp_path / "deep.tif").write_bytes(content[: len(content) // 2])
    assert is_raster(tmp_path / "deep.tif") and fits_whole(tmp_path / "deep.tif", 6300)
    assert not fits_whole(tmp_path / "deep.tif", 6299)
    with (
        pytest.raises(ValueError, match=r"deep\.tif: the raster is damaged"),
        open_raster(tmp_path / "deep.tif") as source,
    ):
        source(0, 0, 70, 90)


def test_the_value_for_no_data_is_known(reader, tmp_path):
    values = np.array([[-9999, 10, 20, 30]], np.float32)
    tifffile.imwrite(tmp_path / "gaps.tif", values, extratags=[(42113, "s", 0, "-9999", True)])
    with open_raster(tmp_path / "gaps.tif") as source:
        assert source.valid(0, 0, 1, 4).tolist() == [[False, True, True, True]]
        valid = source.valid(0, 1, 1, 2)
        assert valid is None or valid.all()


def test_a_fourth_band_that_is_called_alpha_hides_nothing_beside_a_value_for_no_data(tmp_path):
    """GDAL calls the near infra-red of four bands alpha; rasterio then takes its zeros for a mask."""
    rasterio = pytest.importorskip("rasterio")
    bands = np.full((4, 2, 3), 90, np.uint8)
    bands[3, 0] = 0
    bands[:, 1, 2] = 0
    with rasterio.open(
        tmp_path / "nir.tif", "w", driver="GTiff", height=2, width=3, count=4, dtype="uint8", nodata=0,
        crs="EPSG:32633", transform=rasterio.Affine(2, 0, 5, 0, -2, 5),
    ) as file:  # fmt: skip
        file.write(bands)
    with open_raster(tmp_path / "nir.tif") as source:
        assert source.alpha == 3
        assert source.valid(0, 0, 2, 3).tolist() == [[True] * 3, [True, True, False]]


@pytest.mark.parametrize("shown", [255, 90])
def test_an_alpha_band_says_where_there_is_data_unless_it_holds_other_numbers(tmp_path, shown):
    rasterio = pytest.importorskip("rasterio")
    bands = np.full((4, 2, 3), shown, np.uint8)
    bands[3, 0] = 0
    with rasterio.open(
        tmp_path / "rgba.tif", "w", driver="GTiff", height=2, width=3, count=4, dtype="uint8",
        photometric="rgb", alpha="yes", crs="EPSG:32633", transform=rasterio.Affine(2, 0, 5, 0, -2, 5),
    ) as file:  # fmt: skip
        file.write(bands)
    with open_raster(tmp_path / "rgba.tif") as source:
        valid = source.valid(0, 0, 2, 3)
        assert source.alpha == 3 and source.alpha_is_mask == (shown == 255)
    assert valid is None if shown != 255 else valid.tolist() == [[False] * 3, [True] * 3]


def test_where_white_is_zero_numbers_are_those_that_are_shown(tmp_path):
    pytest.importorskip("rasterio")
    values = np.arange(12, dtype=np.uint8).reshape(3, 4)
    tifffile.imwrite(tmp_path / "white.tif", values, photometric="miniswhite")
    with open_raster(tmp_path / "white.tif") as source:
        assert (source(0, 0, 3, 4)[..., 0] == 255 - values).all()


def test_map_coordinates_are_told_by_their_tags(geotiff, tmp_path):
    tifffile.imwrite(tmp_path / "plain.tif", geotiff[1])
    assert has_map_coordinates(geotiff[0]) and not has_map_coordinates(tmp_path / "plain.tif")


VRT = """<VRTDataset rasterXSize="90" rasterYSize="70"><VRTRasterBand dataType="UInt16" band="1">
<SimpleSource><SourceFilename relativeToVRT="{relative}">{source}</SourceFilename><SourceBand>1</SourceBand>
</SimpleSource></VRTRasterBand></VRTDataset>"""
WMS = """<GDAL_WMS><Service name="TMS"><ServerUrl>{address}/${{x}}</ServerUrl></Service>
<DataWindow><SizeX>90</SizeX><SizeY>70</SizeY></DataWindow></GDAL_WMS>"""


def is_refused(path, text):
    """Whether a file of this text is neither a raster nor opened as one."""
    path.write_text(text)
    with pytest.raises(ValueError, match="the raster is damaged"), open_raster(path):
        pass
    return not is_raster(path)


def test_a_file_that_names_others_is_no_tiff(tmp_path):
    """GDAL would take it for a VRT and read the other file."""
    rasterio = pytest.importorskip("rasterio")
    tifffile.imwrite(tmp_path / "secret.tif", VALUES)
    assert is_refused(tmp_path / "map.tif", VRT.format(relative=1, source="secret.tif"))
    with rasterio.open(tmp_path / "map.tif") as open_to_all:
        assert (open_to_all.read(1) == VALUES).all()


def test_the_mask_beside_a_raster_names_no_others(tmp_path):
    """GDAL opens `map.tif.msk` as whatever it is."""
    rasterio = pytest.importorskip("rasterio")
    tifffile.imwrite(tmp_path / "map.tif", VALUES)
    tifffile.imwrite(tmp_path / "secret.tif", np.where(VALUES > 2000, 255, 0).astype(np.uint8))
    flags = '<Metadata><MDI key="INTERNAL_MASK_FLAGS_1">2</MDI></Metadata>'
    text = VRT.format(relative=1, source="secret.tif").replace("<VRTRasterBand", f"{flags}<VRTRasterBand", 1)
    (tmp_path / "map.tif.msk").write_text(text.replace("UInt16", "Byte"))
    with rasterio.open(tmp_path / "map.tif", driver="GTiff") as open_to_all:
        assert not open_to_all.dataset_mask().all()
    with pytest.raises(ValueError, match=r"map\.tif\.msk, is not a TIFF"), open_raster(tmp_path / "map.tif"):
        pass
    tifffile.imwrite(tmp_path / "map.tif.msk", np.full((70, 90), 255, np.uint8))
    with open_raster(tmp_path / "map.tif") as source:
        assert source.size == (70, 90)


def test_no_server_is_asked(tmp_path):
    pytest.importorskip("rasterio")
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0)
        address = f"http://127.0.0.1:{server.getsockname()[1]}"
        assert is_refused(tmp_path / "map.tif", VRT.format(relative=0, source=f"/vsicurl/{address}/x.tif"))
        assert is_refused(tmp_path / "map.tif", WMS.format(address=address))
        with pytest.raises(BlockingIOError):
            server.accept()


def test_a_name_is_no_address(tmp_path, monkeypatch):
    pytest.importorskip("rasterio")
    monkeypatch.chdir(tmp_path)
    (tmp_path / "zip:").mkdir()
    for name in ("zip:/a.tif", "a b;c%20.tif"):
        tifffile.imwrite(tmp_path / name, VALUES)
        with open_raster(Path(name)) as source:
            assert source.size == (70, 90)
