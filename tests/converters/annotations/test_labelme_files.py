import math

import numpy as np
import pytest

from seg_plugins.converters.annotations.json_fields import Record
from seg_plugins.converters.annotations.labelme_files import outline, read_labelme
from seg_plugins.converters.annotations.polygons import draw_polygon
from seg_plugins.converters.converter import SourceError
from tests.converters.annotations.base import RING, SIZE, bitmap, images, labelme, spread


def drawn(root, *shapes):
    labelme(root / "lm/a.json", *shapes)
    (image,) = read_labelme(root / "lm", images(root)).images
    return [spread(shape.draw(SIZE)) for shape in image.shapes]


def test_kinds_of_shapes(tmp_path):
    square = np.zeros(SIZE, bool)
    square[1:5, 1:6] = True
    kinds = [
        dict(points=RING),
        dict(points=RING, shape_type=None),
        dict(points=[[6, 5], [1, 1]], shape_type="rectangle"),
        dict(points=RING, shape_type="rectangle"),
        dict(points=RING, shape_type="rotation"),
        dict(points=[[1, 1], [5, 4]], shape_type="mask", mask=bitmap(np.ones((4, 5), np.uint8))),
        dict(points=[[1, 1], [5, 4]], shape_type="mask", mask=bitmap(np.ones((4, 5), bool))),
    ]
    found = drawn(tmp_path, *(dict(label="car", flags={}, group_id=None, **kind) for kind in kinds))
    assert len(found) == len(kinds) and all(np.array_equal(one, square) for one in found)


def test_bitmaps_are_cut_at_the_edges_of_the_image(tmp_path):
    pixels = np.arange(30).reshape(5, 6) % 3 == 0
    for (x, y), rows, columns in (((-2, -1), slice(1, 5), slice(2, 6)), ((7, 5), slice(0, 3), slice(0, 3))):
        points = [[x, y], [x + 5, y + 4]]
        (found,) = drawn(tmp_path, dict(label="car", points=points, shape_type="mask", mask=bitmap(pixels)))
        assert np.array_equal(found[max(y, 0) : y + 5, max(x, 0) : x + 6], pixels[rows, columns])
        assert found.sum() == pixels[rows, columns].sum()


def test_shapes_of_one_group_are_one_object(tmp_path):
    second = [[7, 6], [9, 6], [9, 8]]
    shapes = [
        dict(label=label, points=p, group_id=g)
        for label, p, g in (("car", RING, 1), ("dog", RING, 1), ("car", second, 1), ("car", second, None))
    ]
    found = drawn(tmp_path, *shapes)
    assert len(found) == 3 and found[0][2, 2] and found[0][6, 8] and not found[1][6, 8] and not found[2][2, 2]


def test_a_circle_has_the_area_of_a_circle():
    for radius in (3.0, 30.0, 400.0):
        ring = outline(np.array([[450.0, 450.0], [450.0, 450.0 + radius]]), "circle", Record({}, "a.json"))
        area = draw_polygon(ring, (900, 900)).mask.sum()
        assert area == pytest.approx(math.pi * radius**2, rel=0.02)


def test_files_of_subfolders_labels_and_bare_images(tmp_path):
    index = images(tmp_path, "a.jpg", "sub/b.jpg", "c.jpg")
    labelme(tmp_path / "lm/a.json", *(dict(label=x, points=RING) for x in ("zebra", "_background_", "ant")))
    labelme(
        tmp_path / "lm/sub/b.json", imagePath=r"..\..\photos\sub\b.jpg", imageHeight=None, imageWidth=None
    )
    (tmp_path / "lm/._a.json").write_bytes(b"\x00\x05\x16\x07")
    found = read_labelme(tmp_path / "lm", index)
    assert found.labels == ["_background_", "ant", "zebra"]
    assert [image.name for image in found.images] == ["a.jpg", "sub/b.jpg"] and found.images[1].size == SIZE
    assert found.notes == ["1 images have no shape and are background, such as sub/b.jpg"]


@pytest.mark.parametrize(
    "change, message",
    [
        (dict(label=None), "'label' is None"),
        (dict(label=""), "'label' is ''"),
        (dict(points=None), "'points' is None"),
        (dict(points=[]), r"'points' is \[\]"),
        (dict(points=[[1, 2, 3]]), "each x and y"),
        (dict(points=[[1, "2"]]), r"points\[0\] is \[1, '2'\]"),
        (dict(points=[[1, 1e7]]), r"coordinate 1e\+07, far outside"),
        (dict(points=RING[:1], shape_type="rectangle"), "two points of a rectangle"),
        (dict(points=RING, shape_type="circle"), "two points of a circle"),
        (dict(shape_type="linestrip"), r"shapes\[1\] is a 'linestrip', which has no area"),
        (dict(shape_type="points"), "is a 'points', which has no area"),
        (dict(shape_type=["x"]), r"is a \['x'\], which has no area"),
        (dict(group_id=[1]), r"'group_id' is \[1\]"),
        (dict(shape_type="mask"), "has no 'mask'"),
        (dict(shape_type="mask", mask="no picture"), "'mask' is not an image"),
        (dict(shape_type="mask", mask="AAAA"), "'mask' is not an image"),
        (
            dict(shape_type="mask", mask=bitmap(np.ones((4, 5), bool)), points=[[1, 1], [2, 2]]),
            "'mask' is 4x5, but its points span 2x2",
        ),
    ],
)
def test_faulty_shapes_are_named(tmp_path, change, message):
    path = labelme(
        tmp_path / "lm/a.json", dict(label="x", points=RING), dict(dict(label="x", points=RING), **change)
    )
    with pytest.raises(SourceError, match=message) as caught:
        read_labelme(tmp_path / "lm", images(tmp_path))
    assert f"{path}: shapes[1]" in str(caught.value)


@pytest.mark.parametrize(
    "fields, message",
    [
        (dict(imagePath=None), "'imagePath' is None"),
        (dict(imagePath="none.jpg"), r"its image 'none\.jpg' is not in "),
        (dict(imagePath="none.jpg", imageData="AAAA"), "inside the file"),
        (dict(imageWidth=11), "but it is 8x10"),
        (dict(imageWidth=-1), "'imageWidth' is -1"),
        (dict(shapes=None), "'shapes' is None"),
        (dict(shapes=[3]), r"shapes\[0\] is 3"),
    ],
)
def test_faulty_files_are_named(tmp_path, fields, message):
    path = labelme(tmp_path / "lm/a.json", **fields)
    with pytest.raises(SourceError, match=message) as caught:
        read_labelme(tmp_path / "lm", images(tmp_path))
    assert str(path) in str(caught.value)


def test_faulty_folders_are_named(tmp_path):
    index = images(tmp_path)
    (tmp_path / "lm").mkdir()
    for folder, message in (
        (tmp_path / "lm", "holds no Labelme file"),
        (tmp_path / "none", "none is not a folder"),
    ):
        with pytest.raises(SourceError, match=message):
            read_labelme(folder, index)
    (tmp_path / "lm/x.json").write_text("[]")
    with pytest.raises(SourceError, match=r"x\.json is not a Labelme file"):
        read_labelme(tmp_path / "lm", index)
    for name in ("x.json", "y.json"):
        labelme(tmp_path / "lm" / name, imagePath="a.jpg")
    with pytest.raises(SourceError, match=r"y\.json: another file is also of the image a\.jpg"):
        read_labelme(tmp_path / "lm", index)
