import base64

import numpy as np
import pytest

from seg_plugins.inference import Prediction
from seg_plugins.serve.answers import PICTURES, answer_picture, class_legend, png_bytes, segment_answer
from tests.serve.base import StubPredictor, decoded, half_bright, taken


@pytest.fixture
def result():
    return StubPredictor()(taken(half_bright()))


def test_legend_completes_the_palette():
    rows = class_legend(("a", "b"), [(1, 2, 3)])
    assert rows[0] == {"id": 0, "name": "a", "color": [1, 2, 3], "background": False}
    assert len(rows[1]["color"]) == 3


def test_areas_and_confidence_of_each_class(result):
    result.labels[0, 0] = 255  # ignored
    result.confidence[:, :3] = 0.5
    answer = segment_answer(result, ["confidence"])
    assert (answer["width"], answer["height"]) == (6, 4)
    assert [row["pixels"] for row in answer["classes"]] == [11, 12, 0]
    assert [row["share"] for row in answer["classes"]] == [11 / 24, 0.5, 0]
    assert [row["confidence"] for row in answer["classes"]] == [0.5, 0.75, None]
    shown = decoded(base64.b64decode(answer["pictures"]["confidence"]))
    assert sorted(set(shown.ravel().tolist())) == [128, 191]


@pytest.mark.parametrize("kind", PICTURES)
def test_pictures_survive_png(result, kind):
    pixels = answer_picture(kind, result)
    assert (decoded(png_bytes(pixels)) == pixels).all() and pixels.shape[:2] == (4, 6)


def test_packed_ids_above_255():
    labels = np.array([[3, 700]], np.uint16)
    many = Prediction(labels, np.ones((1, 2), np.float32), None, half_bright(1, 2), ("x",) * 701, None)
    assert answer_picture("packed", many).tolist() == [[[3, 0, 255], [700 - 512, 2, 255]]]
    assert decoded(png_bytes(answer_picture("classes", many))).tolist() == [[3, 700]]
