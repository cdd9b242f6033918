import csv
import io
import json

import numpy as np
import pytest
from PIL import Image

from seg_plugins.commands.predict import main as predict
from seg_plugins.commands.prediction_job import name_inputs, say
from seg_plugins.inference import raster_files
from tests.commands.base import draw_disc
from tests.inference.base import write_video


def test_names_do_not_collide(tmp_path):
    for name in ("a/x.png", "a/x.jpg", "b/x.png"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    named = name_inputs([tmp_path / "a", tmp_path / "b", tmp_path / "a" / "x.png"])
    assert {name: path.relative_to(tmp_path).as_posix() for name, path in named.items()} == {
        "x": "a/x.jpg", "x_png": "a/x.png", "x_2": "b/x.png", "x_3": "a/x.png",
    }  # fmt: skip


def test_results_below_the_folder_are_no_inputs(tmp_path):
    out = tmp_path / "in" / "out"
    for path in (tmp_path / "in" / "x.png", out / "x_overlay.png", out / "deep" / "y_classes.png"):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert list(name_inputs([tmp_path / "in"], out)) == ["x"]
    assert list(name_inputs([out], out)) == ["deep/y_classes", "x_overlay"]
    assert list(name_inputs([out / "deep", out / "x_overlay.png"], out)) == ["y_classes", "x_overlay"]


def test_folders_are_searched_as_those_of_data_sets(tmp_path):
    """Links to folders are followed, also in a circle, and hidden files are none of the user's."""
    (tmp_path / "far").mkdir()
    for name in ("a.gif", "b.ppm", "c.WEBP", "d.mp4", ".e.png", "f.txt"):
        (tmp_path / "far" / name).touch()
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "link").symlink_to(tmp_path / "far")
    (tmp_path / "far" / "up").symlink_to(tmp_path / "in")
    assert list(name_inputs([tmp_path / "in"])) == ["link/a", "link/b", "link/c", "link/d"]


def test_refusals_do_not_stop_the_rest(trained, tmp_path, capsys):
    folder = tmp_path / "in"
    (folder / "deep").mkdir(parents=True)
    good, _ = draw_disc(np.random.default_rng(0), (40, 50))
    Image.fromarray(good).save(folder / "good.png")
    Image.fromarray(good).save(folder / "deep" / "also.jpg")
    (folder / "empty.png").touch()
    (folder / "text.jpg").write_text("no image")
    (folder / "cut.png").write_bytes((folder / "good.png").read_bytes()[:900])
    Image.fromarray(np.zeros((90, 90), np.uint8)).save(folder / "large.png")
    line = [*map(str, trained), str(folder), str(tmp_path / "missing.png"), "--out", str(tmp_path / "out")]
    assert (
        predict([*line, "--max-pixels", "5000", "--device", "cpu", "--outputs", "classes", "areas", "coco"])
        == 1
    )
    captured = capsys.readouterr()
    refused = [line for line in captured.err.splitlines() if line.startswith("refused:")]
    for name in ("empty.png", "text.jpg", "cut.png", "large.png", "missing.png"):
        assert sum(name in line for line in refused) == 1
    assert "2 of 7 inputs segmented on cpu" in captured.out
    assert np.asarray(Image.open(tmp_path / "out/good_classes.png")).shape == (40, 50)
    assert (tmp_path / "out/deep/also_classes.png").exists()
    rows = list(csv.DictReader((tmp_path / "out/areas.csv").read_text().splitlines()))
    assert {r["image"] for r in rows} == {"good", "deep/also"} and len(rows) == 4
    assert len(json.loads((tmp_path / "out/coco.json").read_text())["images"]) == 2


def test_nothing_to_do_is_said(trained, tmp_path):
    with pytest.raises(ValueError, match="no image, video or TIFF was found there"):
        predict([*map(str, trained), str(tmp_path), "--out", str(tmp_path / "out")])


@pytest.mark.parametrize("value", ["nan", "-1"])
def test_a_tolerance_that_cannot_be_is_named(trained, tmp_path, value):
    with pytest.raises(ValueError, match=f"--tolerance {value}: use 0 or more"):
        run(trained, [tmp_path], tmp_path, "--tolerance", value)


def run(trained, inputs, out, *options):
    return predict([*map(str, trained), *map(str, inputs), "--out", str(out), "--device", "cpu", *options])


def test_a_small_geotiff_gets_all_that_an_image_gets(trained, geotiff, tmp_path, capsys):
    rasterio = pytest.importorskip("rasterio")
    outputs = ["classes", "color", "overlay", "confidence", "uncertainty", "geojson", "coco", "areas"]
    assert run(trained, [geotiff[0]], tmp_path / "out", "--outputs", *outputs) == 0
    captured = capsys.readouterr()
    assert "1 of 1 inputs" in captured.out and "does not have" not in captured.err
    maps = {f"tile_{name}.tif" for name in ("classes", "confidence", "uncertainty")}
    rest = {"tile_color.png", "tile_overlay.png", "tile.geojson", "areas.csv", "coco.json"}
    assert {p.name for p in (tmp_path / "out").iterdir()} == maps | rest
    with rasterio.open(tmp_path / "out/tile_classes.tif") as file:
        labels, transform = file.read(1), file.transform
        assert file.crs == "EPSG:32633"
    features = json.loads((tmp_path / "out/tile.geojson").read_text())["features"]
    shapes = [(f["geometry"], f["properties"]["class_id"]) for f in features]
    assert (rasterio.features.rasterize(shapes, labels.shape, fill=9, transform=transform) == labels).all()
    rows = list(csv.DictReader((tmp_path / "out/areas.csv").read_text().splitlines()))
    assert [float(r["map_area"]) for r in rows] == [4.0 * n for n in np.bincount(labels.ravel())]
    assert json.loads((tmp_path / "out/coco.json").read_text())["images"][0]["file_name"] == "tile.tif"


def test_large_rasters_that_would_not_be_resized_are_refused(trained, geotiff, tmp_path, monkeypatch, capsys):
    config = tmp_path / "resizing.py"
    config.write_text(
        trained[0].read_text()
        + "test_dataloader['dataset']['pipeline'].insert(1, dict(type='Resize', scale=(75, 60)))\n"
    )
    monkeypatch.setattr(raster_files, "RASTER_PIXELS", 120 * 150 - 1)
    assert run((config, trained[1]), [geotiff[0]], tmp_path / "out", "--window", "48", "48") == 1
    (line,) = [line for line in capsys.readouterr().err.splitlines() if line.startswith("refused")]
    assert f"{geotiff[0]}: rasters of this size (120 x 150) are read in parts" in line
    assert "the test pipeline's Resize(scale=(75, 60), keep_ratio=False) sees whole images" in line
    assert run(trained, [geotiff[0]], tmp_path / "out", "--window", "48", "48") == 0


@pytest.mark.parametrize("limit", [1, 10**9], ids=["large", "small"])
def test_map_polygons_are_simplified_by_the_tolerance(trained, geotiff, tmp_path, monkeypatch, limit):
    monkeypatch.setattr(raster_files, "RASTER_PIXELS", limit)
    corners = []
    for tolerance in ("0", "2"):
        options = ("--outputs", "geojson", "--min-area", "50", "--tolerance", tolerance)
        assert run(trained, [geotiff[0]], tmp_path / tolerance, *options) == 0
        features = json.loads((tmp_path / tolerance / "tile.geojson").read_text())["features"]
        corners.append([len(f["geometry"]["coordinates"][0]) for f in features])
    assert len(corners[0]) == len(corners[1]) and sum(corners[1]) < sum(corners[0]) / 2


@pytest.mark.parametrize("overlay", [(), ("overlay",)], ids=len)
def test_areas_of_a_video_are_sums_over_its_frames(trained, tmp_path, overlay):
    path = write_video(tmp_path / "discs.mp4")
    assert run(trained, [path], tmp_path / "out", "--outputs", "classes", "areas", *overlay) == 0
    names = {"areas.csv", "discs", "discs_timing.csv", *("discs_overlay" for _ in overlay)}
    assert {p.stem if "_overlay" in p.name else p.name for p in (tmp_path / "out").iterdir()} == names
    frames = [np.asarray(Image.open(p)) for p in sorted((tmp_path / "out/discs").iterdir())]
    rows = list(csv.DictReader((tmp_path / "out/areas.csv").read_text().splitlines()))
    assert [r["image"] for r in rows] == ["discs", "discs"] and len(frames) == 3
    assert [int(r["pixels"]) for r in rows] == np.bincount(np.ravel(frames)).tolist()
    assert sum(float(r["share"]) for r in rows) == pytest.approx(1)


def test_a_damaged_raster_does_not_stop_the_rest(trained, geotiff, tmp_path, capsys):
    rasterio = pytest.importorskip("rasterio")
    with rasterio.open(geotiff[0]) as file:
        profile, pixels = file.profile, file.read()
    with rasterio.open(tmp_path / "cut.tif", "w", **profile | {"dtype": "uint16"}) as file:
        file.write(pixels.astype(np.uint16) * 99)
    content = (tmp_path / "cut.tif").read_bytes()
    (tmp_path / "cut.tif").write_bytes(content[: len(content) // 2])
    assert run(trained, [tmp_path / "cut.tif", geotiff[0]], tmp_path / "out") == 1
    captured = capsys.readouterr()
    assert "1 of 2 inputs" in captured.out and (tmp_path / "out/tile_classes.tif").exists()
    (refused,) = [line for line in captured.err.splitlines() if line.startswith("refused")]
    assert "cut.tif: the raster is damaged or truncated" in refused


@pytest.mark.parametrize("kind", ["complex_int16", "complex64"])
def test_complex_rasters_are_refused_and_do_not_stop_the_rest(trained, geotiff, tmp_path, capsys, kind):
    rasterio = pytest.importorskip("rasterio")
    with rasterio.open(geotiff[0]) as file:
        profile = file.profile
    with rasterio.open(tmp_path / "radar.tif", "w", **profile | {"dtype": kind, "count": 1}):
        pass
    assert run(trained, [tmp_path / "radar.tif", geotiff[0]], tmp_path / "out") == 1
    captured = capsys.readouterr()
    assert "1 of 2 inputs" in captured.out
    assert f"refused: {tmp_path}/radar.tif: complex values" in captured.err


def test_a_name_that_is_not_utf8_can_be_printed(tmp_path, monkeypatch):
    printed = io.TextIOWrapper(io.BytesIO(), encoding="utf-8")
    monkeypatch.setattr("sys.stdout", printed)
    say(b"\xff.mp4".decode(errors="surrogateescape") + ": 3 ms")
    printed.flush()
    assert printed.buffer.getvalue().endswith(b"ff.mp4: 3 ms\n")


def test_a_map_whose_name_is_not_utf8_does_not_lose_its_place(trained, geotiff, tmp_path, capsys):
    wrong = tmp_path / b"\xff.tif".decode(errors="surrogateescape")
    wrong.write_bytes(geotiff[0].read_bytes())
    assert run(trained, [wrong, geotiff[0]], tmp_path / "out") == 1
    assert "1 of 2 inputs" in capsys.readouterr().out
    assert (tmp_path / "out/tile_classes.tif").exists()


def test_by_default_a_picture_of_the_classes_is_written_and_a_video_is_not_told_of_what_nobody_asked(
    trained, tmp_path, capsys
):
    Image.fromarray(np.zeros((48, 60, 3), np.uint8)).save(tmp_path / "a.png")
    assert run(trained, [tmp_path / "a.png", write_video(tmp_path / "discs.mp4")], tmp_path / "out") == 0
    color, labels = (np.asarray(Image.open(tmp_path / f"out/a_{kind}.png")) for kind in ("color", "classes"))
    assert color.shape == (*labels.shape, 3) and color.max() > 30 and labels.max() < 2
    assert "does not have" not in capsys.readouterr().err
    run(trained, [tmp_path / "discs.mp4"], tmp_path / "asked", "--outputs", "confidence")
    assert "outputs that a video does not have: confidence" in capsys.readouterr().err
