import json

import numpy as np
import pytest
from pycocotools import mask as codec

from seg_plugins.converters.annotations.coco_file import read_coco
from seg_plugins.converters.converter import SourceError
from tests.converters.annotations.base import SIZE, SQUARE, coco, images, spread


def test_polygons_and_run_lengths_are_those_of_cocos_code(tmp_path):
    index = images(tmp_path)
    mask = np.zeros(SIZE, np.uint8)
    mask[2:5, 1:8] = mask[6, 9] = 1
    runs = codec.encode(np.asfortranarray(mask))
    counts = np.diff(np.flatnonzero(np.diff(np.r_[0, mask.ravel("F"), 2])), prepend=0).tolist()
    outlines = [
        [SQUARE],
        SQUARE,
        dict(size=list(SIZE), counts=runs["counts"].decode()),
        dict(size=list(SIZE), counts=counts),
    ]
    path = coco(
        tmp_path / "c.json",
        [
            dict(category_id=9, segmentation=s, iscrowd=c)
            for s, c in zip(outlines, (False, 0, "0", "1"), strict=True)
        ],
    )
    found = read_coco(path, index)
    assert found.labels == ["cat", "dog"] and found.notes == []
    (image,) = found.images
    square = codec.decode(codec.frPyObjects([SQUARE], *SIZE))[..., 0]
    for shape, right in zip(image.shapes, (square, square, mask, mask), strict=True):
        assert shape.label == "dog" and np.array_equal(spread(shape.draw(SIZE)), right)
    assert [shape.single for shape in image.shapes] == [True, True, True, False]


def test_ids_need_not_be_dense_nor_numbers(tmp_path):
    index = images(tmp_path, "a.jpg", "b.jpg")
    categories = [dict(id="x", name="dog"), dict(id=0, name="cat"), dict(id="30", name="cow")]
    entries = [dict(id="one", file_name="a.jpg"), dict(id=2.0, file_name="b.jpg")]
    found = [
        dict(image_id=i, category_id=c, segmentation=[SQUARE]) for i, c in (("one", "x"), (2, 30), ("2", 0))
    ]
    read = read_coco(coco(tmp_path / "c.json", found, categories=categories, images=entries), index)
    assert read.labels == ["cat", "cow", "dog"]
    assert [[s.label for s in image.shapes] for image in read.images] == [["dog"], ["cow", "cat"]]


def test_equal_names_are_one_class_and_bare_images_background(tmp_path):
    categories = [dict(id=i, name=name) for i, name in enumerate(("cell", "dish", "cell"))]
    read = read_coco(coco(tmp_path / "c.json", categories=categories), images(tmp_path))
    assert read.labels == ["cell", "dish"] and read.images[0].size == SIZE
    assert read.notes[0] == "the categories 0, 2 are all named 'cell': they are one class"
    assert read.notes[1].startswith("1 images of") and read.notes[1].endswith("such as a.jpg")


@pytest.mark.parametrize(
    "change, message",
    [
        (dict(image_id=8), r"annotations\[0\] is of the image 8, which 'images' does not list"),
        (dict(category_id=8), r"annotations\[0\] is of category 8"),
        (dict(segmentation=None), "'segmentation' is None: it should be polygons or run lengths"),
        (dict(segmentation=[]), r"'segmentation' is \[\]"),
        (dict(segmentation=[[]]), r"'segmentation' holds 0 numbers"),
        (dict(segmentation=[[1, 1, 2, 2, 3]]), "holds 5 numbers"),
        (dict(segmentation=[[[1, 1], [2, 2]]]), r"'segmentation'\[0\] is .*list of numbers"),
        (dict(segmentation=[[1, 1, 5, 1, float("nan"), 5]]), "not finite"),
        (dict(segmentation=[[1, 1, 5e8, 1, 5, 5]]), r"coordinate 5e\+08, far outside its image of 8x10"),
        (dict(segmentation=dict(size=[10, 8], counts=[80])), r"'size' is \[10, 8\].*\[8, 10\]"),
        (dict(segmentation=dict(counts=[80])), "has no 'size'"),
        (dict(segmentation=dict(size=[8, 10])), "has no 'counts'"),
        (dict(segmentation=dict(size=[8, 10], counts="T")), "'counts' is 'T': it should be run lengths"),
        (dict(segmentation=dict(size=[8, 10], counts=[1.5, 78.5])), "'counts' is"),
        (dict(iscrowd="no"), "'iscrowd' is 'no'"),
    ],
)
def test_faulty_annotations_are_named(tmp_path, change, message):
    path = coco(tmp_path / "c.json", [dict(dict(category_id=4, segmentation=[SQUARE]), **change)])
    with pytest.raises(
        SourceError,
        match=rf"c\.json: annotations\[0\].*{message.removeprefix('annotations')}"
        if "annotations" not in message
        else message,
    ) as caught:
        read_coco(path, images(tmp_path))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "fields, message",
    [
        (dict(images=None), "'images' is None: it should be a list"),
        (dict(images=[dict(id=1)]), r"images\[0\] has no 'file_name'"),
        (
            dict(images=[dict(id=1, file_name="none.jpg")]),
            r"1 annotated images are not in .*images\[0\]: 'none.jpg'",
        ),
        (dict(images=[dict(id=1, file_name="a.jpg")] * 2), r"images\[1\]: another image also has the id 1"),
        (
            dict(images=[dict(id=i, file_name="a.jpg") for i in (1, 2)]),
            r"images\[1\]: another entry is also of the image a.jpg",
        ),
        (dict(images=[dict(id=1, file_name="a.jpg", height=9)]), "but it is 8x10"),
        (dict(images=[dict(id=1, file_name="a.jpg", height="8")]), "'height' is '8'"),
        (
            dict(categories=[dict(id=1, name="a"), dict(id="1", name="b")]),
            r"categories\[1\]: another category also has the id 1",
        ),
        (dict(categories=[dict(id=1, name=7)]), r"categories\[0\]: 'name' is 7"),
        (dict(categories=[dict(name="x")]), r"categories\[0\] has no 'id'"),
        (dict(annotations={}), r"'annotations' is \{\}"),
        (dict(annotations=[7]), r"annotations\[0\] is 7"),
    ],
)
def test_faulty_lists_are_named(tmp_path, fields, message):
    path = coco(tmp_path / "c.json", **fields)
    with pytest.raises(SourceError, match=message) as caught:
        read_coco(path, images(tmp_path))
    assert str(path) in str(caught.value)


@pytest.mark.parametrize(
    "content, missing", [([], "'images', 'categories'"), ({"images": []}, "'categories', 'annotations'")]
)
def test_other_files_are_named(tmp_path, content, missing):
    (tmp_path / "x.json").write_text(json.dumps(content))
    with pytest.raises(SourceError, match=rf"x\.json is not a COCO instance file: it has no {missing}"):
        read_coco(tmp_path / "x.json", images(tmp_path))
