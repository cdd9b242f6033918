import json
import os
import subprocess
import sys
import textwrap

import numpy as np
import pytest
import tifffile
from mmengine.config import Config
from mmseg.registry import TRANSFORMS
from PIL import Image

from seg_plugins.inference import SegPredictor, raster, raster_files
from seg_plugins.inference.raster import change_by, predict_raster, predict_small_raster
from seg_plugins.inference.raster_writing import RasterWriter
from tests.commands.base import draw_disc
from tests.models.base import config_for, network_for, pixels_of, vary, write_image

rasterio = pytest.importorskip("rasterio")


CLASSES = ("ground", "disc")


def test_a_geotiff_in_parts_keeps_its_place(geotiff, sliding, tmp_path):
    path, image = geotiff
    writer = RasterWriter(("classes", "confidence"), CLASSES, sliding.palette)
    pixels, unit = predict_raster(sliding, path, tmp_path / "out/tile", writer)
    whole = sliding(image)
    with rasterio.open(path) as source, rasterio.open(tmp_path / "out/tile_classes.tif") as result:
        assert result.crs == source.crs and result.transform == source.transform
        assert (result.read(1) == whole.labels).all() and result.colormap(1)[1][:3] == (230, 160, 30)
    assert pixels.tolist() == np.bincount(whole.labels.ravel(), minlength=2).tolist() and unit == 4.0


def test_control_points_are_kept_and_place_the_polygons(geotiff, predictor, tmp_path):
    path, image = geotiff
    with rasterio.open(path) as source:
        profile, place = source.profile, source.transform
    corners = [(row, column) for row in (0, 120) for column in (0, 75, 150)]
    points = [rasterio.control.GroundControlPoint(r, c, *(place @ (c, r))) for r, c in corners]
    profile.pop("transform")
    with rasterio.open(tmp_path / "points.tif", "w", **profile, gcps=points) as file:
        file.write(image.transpose(2, 0, 1))
    writer = RasterWriter(("classes", "geojson"), CLASSES)
    assert raster_files.is_raster(tmp_path / "points.tif")
    for name in ("tile", "points"):
        predict_small_raster(predictor, tmp_path / f"{name}.tif", tmp_path / "out" / name, writer)
    with rasterio.open(tmp_path / "out/points_classes.tif") as result:
        kept, crs = result.gcps
    assert [(p.row, p.col, p.x, p.y) for p in kept] == [(p.row, p.col, p.x, p.y) for p in points]
    assert crs.to_epsg() == 32633
    ours, theirs = (json.loads((tmp_path / f"out/{n}.geojson").read_text()) for n in ("points", "tile"))
    assert ours["crs"] == theirs["crs"] and len(ours["features"]) == len(theirs["features"]) > 1
    for one, other in zip(ours["features"], theirs["features"], strict=True):
        rings = zip(one["geometry"]["coordinates"], other["geometry"]["coordinates"], strict=True)
        assert all(np.allclose(a, b, atol=1e-3) for a, b in rings)


def test_windows_by_default_are_batched_and_blended_as_asked(geotiff, trained, tmp_path, monkeypatch):
    monkeypatch.setattr(raster, "WINDOW", (64, 64))
    monkeypatch.setattr(raster, "STRIDE", (40, 40))
    model = SegPredictor(*trained, device="cpu", batch=3, gaussian=False)
    forward, sizes = model.forward, []
    monkeypatch.setattr(forward, "logits", lambda x, logits=forward.logits: sizes.append(len(x)) or logits(x))
    predict_raster(model, geotiff[0], tmp_path / "out", RasterWriter(("classes",), CLASSES))
    wanted = SegPredictor(*trained, device="cpu", window=(64, 64), stride=(40, 40), gaussian=False)(
        geotiff[1]
    )
    assert max(sizes) == 3
    assert (tifffile.imread(tmp_path / "out_classes.tif") == wanted.labels).all()


@pytest.fixture
def resizing(trained):
    """Config of a model whose test pipeline resizes and that has a step on labels, and its checkpoint."""
    cfg = Config.fromfile(trained[0])
    cfg.test_dataloader.dataset.pipeline.insert(1, dict(type="Resize", scale=(75, 60), keep_ratio=True))
    cfg.model.update(
        type="PostprocessEncoderDecoder", postprocess=[dict(type="Morphology", operation="open", size=9)]
    )
    return cfg, trained[1]


def stored(path, bands, **options):
    """Write bands (B, H, W) as a GeoTIFF."""
    with rasterio.open(
        path, "w", driver="GTiff", height=bands.shape[1], width=bands.shape[2], count=len(bands),
        dtype=bands.dtype, crs="EPSG:32633", transform=rasterio.transform.from_origin(0, 90, 3, 3), **options,
    ) as file:  # fmt: skip
        file.write(bands)
    return path


@pytest.mark.parametrize("options", [{}, {"tta": True}, {"window": (48, 48)}], ids=str)
def test_a_small_geotiff_is_segmented_as_the_png_of_its_pixels(
    geotiff, resizing, predictor, tmp_path, options
):
    path, image = geotiff
    Image.fromarray(image).save(tmp_path / "tile.png")
    model = SegPredictor(*resizing, device="cpu", **options)
    wanted = model(tmp_path / "tile.png")
    outputs = ("classes", "confidence", "uncertainty")
    result, unit = predict_small_raster(model, path, tmp_path / "out/tile", RasterWriter(outputs, CLASSES))
    assert (result.labels == wanted.labels).all() and unit == 4.0
    assert (wanted.labels != predictor(image).labels).any() and len(np.unique(wanted.labels)) == 2
    for name in outputs:
        with rasterio.open(path) as source, rasterio.open(tmp_path / f"out/tile_{name}.tif") as file:
            assert file.crs == source.crs and file.transform == source.transform
            if name == "classes":
                assert (file.read(1) == wanted.labels).all()
            else:
                assert np.abs(file.read(1) - getattr(wanted, name).clip(0, 1) * 255).max() <= 0.501


KINDS = ["grey", "grey and alpha", "alpha", "16 bits", "palette"]


@pytest.mark.parametrize("kind", KINDS)
def test_small_geotiffs_of_every_kind_are_read_as_their_png(predictor, geotiff, tmp_path, kind):
    image, options = geotiff[1], {}
    alpha = np.full((120, 150, 1), 255, np.uint8)
    if kind == "grey":
        pixels = image[..., :1]
    elif kind == "grey and alpha":
        pixels = np.concatenate([image[..., :1], alpha], 2)
    elif kind == "alpha":
        pixels, options = np.concatenate([image, alpha], 2), {"alpha": "yes", "photometric": "rgb"}
    elif kind == "16 bits":
        pixels = image[..., :1].astype(np.uint16) * 13 + 5
    else:
        picture = Image.fromarray(image).quantize(32)
        pixels = np.asarray(picture)[..., None]
    path = stored(tmp_path / "kind.tif", pixels.transpose(2, 0, 1), **options)
    if kind == "palette":
        picture.save(tmp_path / "kind.png")
        colors = np.reshape(picture.getpalette(), (-1, 3)).tolist()
        with rasterio.open(path, "r+") as file:
            file.write_colormap(1, {n: tuple(color) for n, color in enumerate(colors)})
    else:
        Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels).save(tmp_path / "kind.png")
    wanted = predictor(tmp_path / "kind.png")
    result, _ = predict_small_raster(predictor, path, tmp_path / "out", RasterWriter((), CLASSES))
    assert (result.image == wanted.image).all() and (result.labels == wanted.labels).all()


def test_more_bands_than_the_loader_takes_are_refused_whole_and_in_parts(predictor, geotiff, tmp_path):
    bands = np.concatenate([geotiff[1], 255 - geotiff[1]], 2).transpose(2, 0, 1)
    path = stored(tmp_path / "six.tif", bands)
    for segment in (predict_small_raster, predict_raster):
        with pytest.raises(ValueError, match=r"six\.tif"):
            segment(predictor, path, tmp_path / "out", RasterWriter((), CLASSES))


SORTS = [(np.uint8, 1), (np.uint8, 3), (np.uint8, 4), (np.uint8, 7), (np.uint16, 3), (np.float32, 7)]


@pytest.mark.parametrize("color_type", ["unchanged", "color"])
@pytest.mark.parametrize("kind, bands", SORTS)
def test_parts_are_segmented_as_the_whole_file_whatever_its_numbers(kind, bands, color_type, tmp_path):
    """Without overlap, so that a window of a 1x1 network is the same as the whole."""
    if color_type == "color" and (bands > 4 or kind is np.float32):
        pytest.skip("refused by the loader")
    pixels = pixels_of(kind, bands, (50, 70)) * (16 if kind is np.uint16 else 1)
    channels = 3 if color_type == "color" else bands
    cfg = config_for(network_for(channels, kind), color_type=color_type)
    model = SegPredictor(cfg, device="cpu", window=(64, 80), gaussian=False)
    vary(model.model, channels)
    write_image(tmp_path / "place.tif", pixels, place=True)
    writer = RasterWriter(("classes",), model.classes)
    predict_raster(model, tmp_path / "place.tif", tmp_path / "parts", writer)
    predict_small_raster(model, tmp_path / "place.tif", tmp_path / "whole", writer)
    parts, whole = (tifffile.imread(tmp_path / f"{name}_classes.tif") for name in ("parts", "whole"))
    assert (parts == whole).all() and len(np.unique(whole)) > 1


def gaps(folder, kind):
    """A raster of 40 x 50 pixels without data in its first ten rows, and a config for it."""
    pixels, options = pixels_of(np.uint8, 3, (40, 50)), {}
    if kind == "alpha":
        alpha = np.full((40, 50, 1), 255, np.uint8)
        alpha[:10] = 0
        pixels, options = np.concatenate([pixels, alpha], 2), dict(photometric="rgb", alpha="yes")
    elif kind == "value":
        pixels[:10], options = 0, dict(nodata=0)
    else:
        pixels = pixels_of(np.float32, 3, (40, 50))
        pixels[:10] = np.nan if kind == "nan" else np.inf
    path = write_image(folder / "gaps.tif", pixels, place=True, **options)
    deep = kind in ("nan", "inf")
    load = dict(color_type="unchanged" if deep else "color")
    return path, config_for(network_for(3, np.float32 if deep else np.uint8), **load)


@pytest.mark.parametrize("segment", [predict_small_raster, predict_raster])
@pytest.mark.parametrize("kind", ["alpha", "value", "nan", "inf"])
def test_where_there_is_no_data_there_is_no_class_and_no_area(kind, segment, tmp_path):
    path, cfg = gaps(tmp_path, kind)
    model = SegPredictor(cfg, device="cpu", window=(64, 80))
    vary(model.model, 3)
    outputs = ("classes", "confidence", "geojson")
    found, _ = segment(model, path, tmp_path / "out", RasterWriter(outputs, model.classes))
    with rasterio.open(tmp_path / "out_classes.tif") as file:
        labels = file.read(1)
        assert file.nodata == 255
    assert (labels[:10] == 255).all() and labels[10:].max() < 5
    assert not tifffile.imread(tmp_path / "out_confidence.tif")[:10].any()
    features = json.loads((tmp_path / "out.geojson").read_text())["features"]
    assert sum(f["properties"]["area_pixels"] for f in features) == 30 * 50
    if segment is predict_small_raster:
        assert found.size == 30 * 50 and not found.colors[:10].any()
    else:
        assert found.sum() == 30 * 50


@pytest.mark.parametrize(
    "step, text",
    [
        (dict(scale=(150, 120)), ""),
        (dict(scale=(150, 120), keep_ratio=True), ""),
        (dict(scale=(2048, 120), keep_ratio=True), ""),
        (dict(scale_factor=1.0), ""),
        (dict(scale=(75, 60), keep_ratio=True), "Resize(scale=(75, 60), keep_ratio=True)"),
        (dict(scale_factor=0.5), "Resize(scale_factor=(0.5, 0.5))"),
        (dict(type="CLAHE"), "CLAHE"),
    ],
)
def test_steps_that_change_an_image_are_named(step, text):
    assert change_by(TRANSFORMS.build(dict(type="Resize") | step), (120, 150)) == text


def test_steps_are_refused_for_large_rasters(geotiff, resizing, tmp_path):
    with pytest.raises(
        ValueError, match=r"tile\.tif: rasters of this size .*\(120 x 150\).* model\.postprocess=\[\]"
    ):
        predict_raster(
            SegPredictor(*resizing, device="cpu"), geotiff[0], tmp_path / "out", RasterWriter((), CLASSES)
        )


def test_without_rasterio_a_memory_map_does(sliding, tmp_path, no_rasterio):
    image, _ = draw_disc(np.random.default_rng(3), (120, 150))
    tifffile.imwrite(tmp_path / "plain.tif", image)
    writer = RasterWriter(("classes", "geojson"), CLASSES)
    predict_raster(sliding, tmp_path / "plain.tif", tmp_path / "out", writer)
    assert (tifffile.imread(tmp_path / "out_classes.tif") == sliding(image).labels).all()
    assert not (tmp_path / "out.geojson").exists()


SCRIPT = """
import resource, sys, time
from pathlib import Path
import numpy as np, tifffile, torch
from seg_plugins.inference import SegPredictor
from seg_plugins.inference.raster import predict_raster
from seg_plugins.inference.raster_writing import RasterWriter
config, checkpoint, folder, side_of = *sys.argv[1:4], int(sys.argv[4])
window, stride = (side_of,) * 2, (side_of * 7 // 8,) * 2
predictor = SegPredictor(config, checkpoint, device="cpu", window=window, stride=stride)
writer = RasterWriter(("classes", "confidence"), predictor.classes)
predictor(np.zeros((side_of, side_of, 3), np.uint8))
start, idle = time.process_time(), resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
predict_raster(predictor, Path(folder) / "big.tif", Path(folder) / "out", writer)
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
