import json
import os
import resource
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import tifffile

from seg_plugins.inference import SegPredictor, raster_files
from seg_plugins.inference.raster import predict_raster
from seg_plugins.inference.raster_files import RasterioTarget
from tests.launch.base import draw_disc

rasterio = pytest.importorskip("rasterio")


@pytest.fixture
def geotiff(tmp_path):
    """A disc of 120 x 150 pixels of 2 m in UTM zone 33."""
    image, _ = draw_disc(np.random.default_rng(3), (120, 150))
    path = tmp_path / "tile.tif"
    transform = rasterio.transform.from_origin(500_000, 5_400_000, 2, 2)
    with rasterio.open(
        path, "w", driver="GTiff", height=120, width=150, count=3, dtype="uint8", crs="EPSG:32633",
        transform=transform, compress="deflate",
    ) as file:  # fmt: skip
        file.write(image.transpose(2, 0, 1))
    return path, image


@pytest.fixture(scope="module")
def sliding(trained):
    return SegPredictor(*trained, device="cpu", window=(48, 48), stride=(32, 32))


def test_a_geotiff_gives_a_geotiff_and_map_polygons(geotiff, sliding, tmp_path):
    path, image = geotiff
    pixels, unit = predict_raster(sliding, path, tmp_path / "out/tile", ("classes", "confidence", "geojson"))
    whole = sliding(image)
    with rasterio.open(path) as source, rasterio.open(tmp_path / "out/tile_classes.tif") as result:
        assert result.crs == source.crs and result.transform == source.transform
        assert (result.read(1) == whole.labels).all() and result.colormap(1)[1][:3] == (230, 160, 30)
    assert pixels.tolist() == np.bincount(whole.labels.ravel(), minlength=2).tolist() and unit == 4.0
    collection = json.loads((tmp_path / "out/tile.geojson").read_text())
    assert collection["crs"]["properties"]["name"] == "EPSG:32633"
    areas = [f["properties"]["area_pixels"] for f in collection["features"]]
    assert sum(areas) == 120 * 150
    corners = np.concatenate([f["geometry"]["coordinates"][0] for f in collection["features"]])
    assert corners.min(axis=0).tolist() == [500_000, 5_399_760]
    assert corners.max(axis=0).tolist() == [500_300, 5_400_000]


def test_a_write_that_fails_half_way_leaves_nothing(geotiff, sliding, tmp_path, monkeypatch):
    calls = []

    def fail(self, pixels, top, left):
        calls.append(top)
        if len(calls) > 4:
            raise OSError(28, "No space left on device")

    monkeypatch.setattr(RasterioTarget, "write", fail)
    with pytest.raises(OSError, match="No space left"):
        predict_raster(sliding, geotiff[0], tmp_path / "out/tile", ("classes", "confidence"))
    assert list((tmp_path / "out").iterdir()) == []


@pytest.fixture
def short_files():
    """No file may grow beyond 1000 bytes, as on a full disk."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("with_rasterio", [True, False])
def test_a_full_disk_is_noticed(sliding, tmp_path, monkeypatch, with_rasterio, request):
    tifffile.imwrite(tmp_path / "plain.tif", draw_disc(np.random.default_rng(3), (120, 150))[0])
    if not with_rasterio:
        monkeypatch.setattr(raster_files, "import_rasterio", lambda: None)
    request.getfixturevalue("short_files")
    with pytest.raises(OSError):
        predict_raster(sliding, tmp_path / "plain.tif", tmp_path / "out/tile", ("classes",))
    assert list((tmp_path / "out").iterdir()) == []


def test_without_rasterio_map_coordinates_are_noticed(geotiff, tmp_path):
    tifffile.imwrite(tmp_path / "plain.tif", geotiff[1])
    assert raster_files.has_map_coordinates(geotiff[0])
    assert not raster_files.has_map_coordinates(tmp_path / "plain.tif")


def test_without_rasterio_a_memory_map_does(sliding, tmp_path, monkeypatch):
    image, _ = draw_disc(np.random.default_rng(3), (120, 150))
    tifffile.imwrite(tmp_path / "plain.tif", image)
    monkeypatch.setattr(raster_files, "import_rasterio", lambda: None)
    predict_raster(sliding, tmp_path / "plain.tif", tmp_path / "out", ("classes",))
    assert (tifffile.imread(tmp_path / "out_classes.tif") == sliding(image).labels).all()


SCRIPT = """
import resource, sys, time
from pathlib import Path
import numpy as np, tifffile, torch
from seg_plugins.inference import SegPredictor
from seg_plugins.inference.raster import predict_raster
config, checkpoint, folder, side_of = *sys.argv[1:4], int(sys.argv[4])
window, stride = (side_of,) * 2, (side_of * 7 // 8,) * 2
predictor = SegPredictor(config, checkpoint, device="cpu", window=window, stride=stride)
predictor(np.zeros((side_of, side_of, 3), np.uint8))
start, idle = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
predict_raster(predictor, Path(folder) / "big.tif", Path(folder) / "out", ("classes", "confidence"))
grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - idle) / 1024
print(time.process_time() - start, grown)
"""


def cost_of(trained, folder, side, window):
    """Processor seconds, and MiB above the idle process, that segmenting a square raster takes."""
    folder.mkdir()
    with rasterio.open(
        folder / "big.tif", "w", driver="GTiff", height=side, width=side, count=3, dtype="uint8", tiled=True,
        blockxsize=512, blockysize=512,
    ) as file:  # fmt: skip
        rows = np.random.default_rng(0).integers(0, 255, (3, min(side, 512), side), np.uint8)
        for top in range(0, side, 512):
            height = min(512, side - top)
            file.write(rows[:, :height], window=((top, top + height), (0, side)))
    line = [sys.executable, "-c", textwrap.dedent(SCRIPT), *map(str, trained), str(folder), str(window)]
    env = {"GDAL_CACHEMAX": "64", "OMP_NUM_THREADS": "1"}
    done = subprocess.run(line, capture_output=True, text=True, check=True, env=os.environ | env)
    with rasterio.open(folder / "out_classes.tif") as result:
        assert result.shape == (side, side)
    return [float(x) for x in done.stdout.split()[-2:]]


def test_memory_does_not_grow_with_the_raster(trained, tmp_path):
    """2,048 squared would be 48 MiB as float32 pixels and 32 MiB as scores."""
    assert cost_of(trained, tmp_path / "a", 2048, window=256)[1] < 40


@pytest.mark.slow
def test_twenty_thousand_squared_in_bounded_memory(trained, tmp_path):
    seconds, grown = cost_of(trained, tmp_path / "a", 20_000, window=1024)
    print(f"20,000 x 20,000: {grown:.0f} MiB above idle, {seconds:.0f} s of one core")
    assert grown < 400
