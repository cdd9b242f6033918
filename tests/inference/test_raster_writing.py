import json
import resource
from contextlib import ExitStack

import numpy as np
import pytest
import tifffile

from seg_plugins.inference import raster_writing
from seg_plugins.inference.raster_files import open_raster
from seg_plugins.inference.raster_writing import RasterWriter, create_raster

LABELS = np.random.default_rng(0).integers(0, 5, (300, 280), np.uint8)


@pytest.fixture(params=["rasterio", "tifffile"])
def library(request):
    request.getfixturevalue("no_rasterio") if request.param == "tifffile" else pytest.importorskip("rasterio")


def test_written_parts_are_read_back(library, tmp_path):
    with ExitStack() as stack:
        target = create_raster(stack, tmp_path / "l.tif", LABELS.shape, "uint8", {}, None)
        for top in range(0, 300, 70):
            target(LABELS[top : top + 70, :150], top, 0)
            target(LABELS[top : top + 70, 150:], top, 150)
    assert (tifffile.imread(tmp_path / "l.tif") == LABELS).all()


def parts(size, labels=None):
    """A raster in two halves: labels, and a confidence of 0.5."""
    labels = np.ones(size, np.uint8) if labels is None else labels
    middle = size[0] // 2
    for rows in (slice(0, middle), slice(middle, None)):
        shares = np.full(labels[rows].shape, 0.5, np.float32)
        yield {"classes": labels[rows], "confidence": shares}, rows.start, 0


def write(path, target, outputs, labels=None, classes="ab"):
    with open_raster(path) as source:
        return RasterWriter(outputs, classes).write(parts(source.size, labels), source, target)


def test_maps_keep_their_place_and_classes_are_counted(geotiff, tmp_path):
    rasterio = pytest.importorskip("rasterio")
    pixels = write(geotiff[0], tmp_path / "out/tile", ("confidence", "classes", "areas"))
    assert pixels.tolist() == [0, 120 * 150]
    assert sorted(p.name for p in (tmp_path / "out").iterdir()) == ["tile_classes.tif", "tile_confidence.tif"]
    with rasterio.open(geotiff[0]) as source, rasterio.open(tmp_path / "out/tile_confidence.tif") as result:
        assert result.crs == source.crs and result.transform == source.transform
        assert (result.read(1) == 128).all()


def test_polygons_alone_leave_no_class_map(geotiff, tmp_path):
    labels = np.full((120, 150), 255, np.uint8)
    labels[5:, 7:] = 1
    pixels = write(geotiff[0], tmp_path / "out/tile", ("geojson",), labels)
    assert [p.name for p in (tmp_path / "out").iterdir()] == ["tile.geojson"]
    (feature,) = json.loads((tmp_path / "out/tile.geojson").read_text())["features"]
    assert feature["properties"]["area_pixels"] == pixels[1] == 115 * 143


def test_many_classes_have_sixteen_bits(geotiff, tmp_path):
    labels = np.arange(120 * 150, dtype=np.int32).reshape(120, 150) % 300
    write(geotiff[0], tmp_path / "many", ("classes",), labels, [str(n) for n in range(300)])
    assert (tifffile.imread(tmp_path / "many_classes.tif") == labels).all()


def test_a_write_that_fails_half_way_leaves_nothing(geotiff, tmp_path, monkeypatch):
    calls = []

    def fail(pixels, top, left):
        calls.append(top)
        if len(calls) > 2:
            raise OSError(28, "No space left on device")

    create = raster_writing.create_raster
    monkeypatch.setattr(raster_writing, "create_raster", lambda *args: create(*args) and fail)
    with pytest.raises(OSError, match="No space left"):
        write(geotiff[0], tmp_path / "out/tile", ("classes", "confidence"))
    assert list((tmp_path / "out").iterdir()) == []


@pytest.fixture
def short_files():
    """No file may grow beyond 1000 bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_is_noticed(library, tmp_path, request):
    tifffile.imwrite(tmp_path / "plain.tif", LABELS)
    request.getfixturevalue("short_files")
    with pytest.raises(OSError):
        write(tmp_path / "plain.tif", tmp_path / "out/tile", ("classes",), LABELS, "abcde")
    assert list((tmp_path / "out").iterdir()) == []
