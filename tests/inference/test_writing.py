import csv
import json

import numpy as np
import pytest
from PIL import Image

from seg_plugins.inference import Prediction
from seg_plugins.inference.writing import OUTPUTS, ResultWriter, count_pixels


def test_every_output_is_written(tmp_path):
    labels = np.array([[0, 1], [1, 6]], np.uint8)
    shares = np.full((2, 2), 0.5, np.float32)
    result = Prediction(labels, shares, shares, np.zeros((2, 2, 3), np.uint8), tuple("abcdefg"), [[9, 9, 9]])
    writer = ResultWriter(tmp_path, OUTPUTS)
    writer.write("sub/one", result, "sub/one.jpg")
    writer.finish()
    assert (np.asarray(Image.open(tmp_path / "sub/one_classes.png")) == labels).all()
    color = np.asarray(Image.open(tmp_path / "sub/one_color.png"))
    assert color[0, 0].tolist() == [9, 9, 9] and len({tuple(c) for c in color.reshape(-1, 3)}) == 3
    assert np.asarray(Image.open(tmp_path / "sub/one_confidence.png"))[0, 0] == 128
    rows = list(csv.DictReader((tmp_path / "areas.csv").read_text().splitlines()))
    assert [r["pixels"] for r in rows] == ["1", "2", "0", "0", "0", "0", "1"] and rows[1][
        "share"
    ] == "0.500000"
    assert len(json.loads((tmp_path / "sub/one.geojson").read_text())["features"]) == 4
    coco = json.loads((tmp_path / "coco.json").read_text())
    assert {a["category_id"] for a in coco["annotations"]} == {0, 1, 6}


def test_shares_are_of_the_image_with_its_unknown_pixels(tmp_path):
    labels, half = np.array([[0, 1], [255, 255]], np.uint8), np.full((2, 2), 0.5, np.float32)
    writer = ResultWriter(tmp_path, ["areas"])
    writer.write(
        "x", Prediction(labels, half, half, np.zeros((2, 2, 3), np.uint8), ("a", "b"), None), "x.png"
    )
    assert [row[3:5] for row in writer.areas] == [(1, "0.250000"), (1, "0.250000")]


def test_nothing_is_kept_for_outputs_that_were_not_asked_for(tmp_path):
    """A call of a million images holds what it will write, and no more."""
    labels, half = np.zeros((4, 4), np.uint8), np.full((4, 4), 0.5, np.float32)
    result = Prediction(labels, half, half, np.zeros((4, 4, 3), np.uint8), ("a", "b"), None)
    for outputs, areas, images in (
        (["classes"], 0, 0),
        (["geojson"], 0, 0),
        (["areas"], 2, 0),
        (["coco"], 0, 1),
    ):
        writer = ResultWriter(tmp_path / outputs[0], outputs)
        writer.write("x", result, "x.png")
        assert (len(writer.areas), len(writer.coco["images"])) == (areas, images), outputs
        writer.add_areas("raster", np.array([1, 2]), ("a", "b"))
        assert len(writer.areas) == 2 * areas
        writer.finish()
    assert not list((tmp_path / "geojson").glob("*.csv")) and not (tmp_path / "areas/coco.json").exists()


def test_unknown_output_is_named(tmp_path):
    with pytest.raises(ValueError, match="--outputs maps: choose from classes"):
        ResultWriter(tmp_path, ["maps"])


def test_ids_above_the_classes_are_not_counted():
    assert count_pixels(np.array([[0, 255]]), 2).tolist() == [1, 0]


def test_names_that_are_no_text_keep_their_bytes(tmp_path):
    writer = ResultWriter(tmp_path, ["areas"])
    writer.add_areas(b"\xff\xfe".decode(errors="surrogateescape"), np.array([3]), ["all"])
    writer.finish()
    assert b"\xff\xfe,0,all,3," in (tmp_path / "areas.csv").read_bytes()
