import json

import cv2
import numpy as np
import pytest
from pycocotools.coco import COCO

from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.polygons import draw_shapes, outline, read_coco, read_labelme

SQUARE = [1, 1, 6, 1, 6, 5, 1, 5]


def coco_file(path, annotations):
    content = dict(
        images=[dict(id=3, file_name="a.jpg", height=8, width=10)],
        categories=[dict(id=9, name="dog"), dict(id=4, name="cat")],
        annotations=[dict(id=i, image_id=3, iscrowd=0, **a) for i, a in enumerate(annotations)],
    )
    path.write_text(json.dumps(content))
    return path


def test_coco_polygons_and_run_lengths(tmp_path):
    small = dict(category_id=9, segmentation=[[3, 2, 4, 2, 4, 3, 3, 3]])
    runs = dict(category_id=4, segmentation=dict(counts=[70, 4, 6], size=[8, 10]), iscrowd=1)
    path = coco_file(tmp_path / "c.json", [small, dict(category_id=4, segmentation=[SQUARE])])
    classes, (image,) = read_coco(path)
    assert classes == ["cat", "dog"] and image.size == (8, 10)
    labels, instances = draw_shapes(image, ["background", *classes])
    assert labels[2, 3] == 2 and labels[4, 5] == 1 and labels[7, 9] == 0
    assert instances[2, 3] == 2 and instances[4, 5] == 1
    runs.pop("iscrowd")
    _, (image,) = read_coco(coco_file(tmp_path / "r.json", [runs]))
    mask = COCO(str(tmp_path / "r.json"))
    assert np.array_equal(image.shapes[0].mask, mask.annToMask(mask.anns[0]))


def test_areas_agree_with_pycocotools(tmp_path):
    ring = [20, 10, 80, 20, 70, 90, 15, 60]
    path = coco_file(tmp_path / "c.json", [dict(category_id=4, segmentation=[ring])])
    content = json.loads(path.read_text())
    content["images"][0].update(height=100, width=100)
    path.write_text(json.dumps(content))
    _, (image,) = read_coco(path)
    ours = draw_shapes(image, ["background", "cat"])[0]
    coco = COCO(str(path))
    theirs = coco.annToMask(coco.anns[0])
    assert (ours & theirs).sum() / (ours | theirs).sum() > 0.96


def test_labelme(tmp_path):
    (tmp_path / "sub").mkdir()
    shapes = [
        dict(label="tree", points=[[1, 1], [8, 1], [8, 6]], shape_type="polygon"),
        dict(label="car", points=[[6, 5], [2, 3]], shape_type="rectangle"),
    ]
    content = dict(shapes=shapes, imagePath="a.jpg", imageHeight=8, imageWidth=10)
    (tmp_path / "sub/a.json").write_text(json.dumps(content))
    classes, (image,) = read_labelme(tmp_path)
    assert classes == ["car", "tree"] and image.name == "sub/a.jpg"
    labels = draw_shapes(image, ["background", *classes])[0]
    assert labels[4, 3] == 1 and labels[2, 6] == 2 and labels[7, 0] == 0


def test_circle_has_the_area_of_a_circle(tmp_path):
    ring = outline(np.array([[50.0, 50.0], [50.0, 80.0]]), "circle", tmp_path)
    assert cv2.contourArea(ring.astype(np.float32)) == pytest.approx(np.pi * 900, rel=0.01)


def test_faulty_files_are_named(tmp_path):
    (tmp_path / "x.json").write_text("{}")
    with pytest.raises(SourceError, match=r"x\.json is no COCO instance file"):
        read_coco(tmp_path / "x.json")
    with pytest.raises(SourceError, match=r"x\.json is no Labelme file"):
        read_labelme(tmp_path)
    (tmp_path / "x.json").write_text("{")
    with pytest.raises(SourceError, match=r"x\.json cannot be read"):
        read_coco(tmp_path / "x.json")
    path = coco_file(tmp_path / "c.json", [dict(category_id=5, segmentation=[SQUARE])])
    with pytest.raises(SourceError, match="unknown image or category"):
        read_coco(path)
    path = coco_file(
        tmp_path / "c.json", [dict(category_id=4, segmentation=dict(counts="abc", size=[8, 10]))]
    )
    with pytest.raises(SourceError, match="compressed masks"):
        read_coco(path)
