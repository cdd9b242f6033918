import json
import re
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from seg_plugins.converters.annotations.drawing import draw_files
from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.faults import ANNOTATION, NO_IMAGE, by_kind
from seg_plugins.inference.coco import coco_annotations
from seg_plugins.inference.polygons import find_regions
from seg_plugins.inference.writing import ResultWriter
from tests.converters.annotations.base import RING, SQUARE, coco, images, labelme


def read(folder, name="a"):
    return np.asarray(Image.open(folder / f"{name}.png"))


def test_classes_are_chosen_and_what_is_left_out_is_said(tmp_path):
    index = images(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    entries = [dict(id=i, file_name=f"{n}.jpg") for i, n in ((3, "a"), (4, "b"))]
    objects = [
        dict(category_id=4, segmentation=[SQUARE]),
        dict(category_id=9, segmentation=[[7, 5, 9, 5, 9, 7, 7, 7]]),
    ]
    objects.append(dict(category_id=9, segmentation=[[1, 1, 3, 3]]))
    path = coco(tmp_path / "c.json", objects, images=entries)
    names, code, notes = draw_files(path, None, ["dog"], index, tmp_path)
    assert names == ["a.jpg", "b.jpg"] and code.classes == ("background", "dog")
    labels = read(tmp_path / "labels")
    assert labels.sum() == 4 and labels[6, 8] == 1 and not read(tmp_path / "labels", "b").any()
    assert np.array_equal(read(tmp_path / "instances") > 0, labels > 0)
    for note, words in zip(
        notes,
        ("1 images of", "left out, .*'cat'", "1 objects cover no pixel", "1 images have no entry .* c.jpg"),
        strict=True,
    ):
        assert re.search(words, note), note


def test_files_without_images_are_named(tmp_path):
    with pytest.raises(SourceError, match=r"c\.json lists no image"):
        draw_files(coco(tmp_path / "c.json", images=[]), None, None, images(tmp_path), tmp_path)


def test_two_images_of_one_stem_are_named(tmp_path):
    index = images(tmp_path, "a.jpg", "a.png")
    path = coco(
        tmp_path / "c.json", images=[dict(id=i, file_name=n) for i, n in enumerate(("a.jpg", "a.png"))]
    )
    with pytest.raises(SourceError, match="two images are named a,"):
        draw_files(path, None, None, index, tmp_path)


def test_labelme_images_without_a_file_are_said(tmp_path):
    index = images(tmp_path, "a.jpg", "b.jpg")
    labelme(tmp_path / "lm/a.json", dict(label="x", points=RING))
    names, code, notes = draw_files(None, tmp_path / "lm", None, index, tmp_path)
    assert names == ["a.jpg"] and code.classes == ("background", "x")
    assert notes == ["1 images have no Labelme file and are left out, such as b.jpg"]


def test_the_coco_file_of_predictions_is_read_back_exactly(tmp_path):
    index = images(tmp_path, "a.jpg", "sub/b\udcff.jpg")
    writer, maps = ResultWriter(tmp_path, ["coco"]), {}
    for seed, name in enumerate(("a", "sub/b\udcff")):
        maps[name] = np.random.default_rng(seed).integers(0, 3, (8, 10)).astype(np.uint8)
        result = SimpleNamespace(labels=maps[name], classes=("sky", "road's", "car"), size=80)
        writer.write(name, result, f"{name}.jpg")
    writer.finish()
    _, code, notes = draw_files(tmp_path / "coco.json", None, None, index, tmp_path)
    assert code.classes == ("sky", "road's", "car") and notes == []
    assert all(np.array_equal(read(tmp_path / "labels", name), labels) for name, labels in maps.items())


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.integers(0, 2**32 - 1),
    st.sampled_from([("sky", "road", "car"), ("background", "b", "c"), ("a", "background", "c")]),
)
def test_class_maps_written_as_coco_are_read_back_exactly(tmp_path, seed, classes):
    index = images(tmp_path)
    labels = np.random.default_rng(seed).integers(0, 3, (8, 10)).astype(np.uint8)
    labels[:, 4:8] = labels[0, 0]
    content = dict(
        images=[dict(id=1, file_name="a.jpg", height=8, width=10)],
        annotations=coco_annotations(find_regions(labels), labels.shape, 1, 1),
        categories=[dict(id=i, name=name) for i, name in enumerate(classes)],
    )
    (tmp_path / "coco.json").write_text(json.dumps(content))
    _, code, _ = draw_files(tmp_path / "coco.json", None, None, index, tmp_path)
    assert code.classes == classes and np.array_equal(read(tmp_path / "labels"), labels)


def test_all_faults_of_a_coco_file_are_collected(tmp_path):
    index = images(tmp_path, "a.jpg", "b.jpg", "c.jpg")
    entries = [dict(id=i, file_name=f"{name}.jpg") for i, name in enumerate("abcde")]
    entries[1]["height"] = 7
    shapes = [dict(image_id=i, category_id=4, segmentation=[SQUARE]) for i in (0, 0, 1, 2, 3, 9)]
    shapes[1]["segmentation"] = [[1, 2, 3]]
    shapes[3]["category_id"] = 77
    faults = []
    draw_files(coco(tmp_path / "c.json", shapes, images=entries), None, None, index, tmp_path, faults)
    kinds = by_kind(faults)
    assert len(kinds[NO_IMAGE]) == 2 and "d.jpg" in kinds[NO_IMAGE][0] and "e.jpg" in kinds[NO_IMAGE][1]
    for words in ("states that", "holds 3 numbers", "category 77", "image 9"):
        assert sum(words in message for message in kinds[ANNOTATION]) == 1, kinds
    assert len(kinds[ANNOTATION]) == 4 and len(kinds) == 2


def test_all_faults_of_labelme_files_are_collected(tmp_path):
    index = images(tmp_path, "a.jpg", "b.jpg")
    (tmp_path / "lm").mkdir()
    good = dict(label="x", points=[[1, 1], [4, 1], [4, 4]])
    shapes = [good, dict(good, label=""), dict(good, points=[[1]])]
    for name, content in (
        ("a", dict(imagePath="a.jpg", shapes=shapes)),
        ("b", dict(shapes=[])),
        ("c", dict(imagePath="z.jpg", shapes=[good])),
    ):
        (tmp_path / f"lm/{name}.json").write_text(json.dumps(content))
    (tmp_path / "lm/d.json").write_text("{")
    faults = []
    names, *_ = draw_files(None, tmp_path / "lm", None, index, tmp_path, faults)
    assert names == ["a.jpg"] and len(by_kind(faults)[ANNOTATION]) == len(faults) == 5
