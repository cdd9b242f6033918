"""Whatever an annotation file holds: it is drawn, or a ValueError names the file."""

import copy
import json

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from seg_plugins.converters.annotations.drawing import draw_files
from seg_plugins.inference.coco import compress_counts
from tests.converters.annotations.base import RING, SQUARE, bitmap, images

RUNS = dict(size=[8, 10], counts=[7, 5, 68])
COCO = dict(
    images=[dict(id=1, file_name="a.jpg", height=8, width=10), dict(id=2, file_name="b.jpg")],
    categories=[dict(id=1, name="cat"), dict(id=2, name="dog")],
    annotations=[
        dict(id=1, image_id=1, category_id=1, segmentation=[SQUARE], bbox=[1, 1, 5, 4], area=20, iscrowd=0),
        dict(id=2, image_id=1, category_id=2, segmentation=RUNS, iscrowd=1),
        dict(
            id=3, image_id=2, category_id=2, segmentation=dict(RUNS, counts=compress_counts([7, 5, 60, 3, 5]))
        ),
    ],
)
LABELME = dict(
    version="5.4.1",
    flags={},
    shapes=[
        dict(label="cat", points=RING, shape_type="polygon", group_id=None, flags={}),
        dict(label="dog", points=[[1, 1], [4, 5]], shape_type="rectangle", group_id=1),
        dict(label="dog", points=[[5, 5], [6, 6]], shape_type="circle", group_id=1),
        dict(label="dog", points=[[2, 2], [3, 3]], shape_type="mask", mask=bitmap(np.eye(2, dtype=bool))),
    ],
    imagePath="a.jpg",
    imageData=None,
    imageHeight=8,
    imageWidth=10,
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 300),
    st.integers(),
    st.floats(),
    st.text(max_size=6),
    st.sampled_from(["\ud800", "a.jpg", "..", "/", "\x00", "1", 10**400, "T", "\udcff" * 3, "C:\\a.jpg"]),
)
VALUES = st.recursive(
    SCALARS, lambda v: st.lists(v, max_size=4) | st.dictionaries(st.text(max_size=4), v, max_size=3)
)


def places(value, path=()):
    """The paths of all values within a value."""
    found = [path]
    children = (
        value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, child in children:
        found += places(child, (*path, key))
    return found


@st.composite
def broken(draw, content):
    """The content with a few values deleted, replaced or doubled."""
    content = copy.deepcopy(content)
    for _ in range(draw(st.integers(1, 3))):
        path = draw(st.sampled_from([p for p in places(content) if p] or [()]))
        if not path:
            return draw(VALUES)
        parent = content
        for key in path[:-1]:
            parent = parent[key]
        act = draw(st.sampled_from(["delete", "replace", "double"]))
        if act == "delete":
            del parent[path[-1]]
        elif act == "replace":
            parent[path[-1]] = draw(VALUES)
        elif isinstance(parent, list):
            parent.append(copy.deepcopy(parent[path[-1]]))
    return content


@pytest.mark.parametrize("kind, content", [("coco", COCO), ("labelme", LABELME)])
def test_broken_annotation_files_are_drawn_or_named(tmp_path, kind, content):
    index = images(tmp_path, "a.jpg", "b.jpg")
    path = tmp_path / "lm" / "a.json"
    path.parent.mkdir()
    files = (path, None) if kind == "coco" else (None, path.parent)

    def write(value):
        path.write_text(json.dumps(value))
        return draw_files(*files, None, index, tmp_path)

    write(content)

    @settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    @given(broken(content))
    def attempt(value):
        try:
            write(value)
        except ValueError as error:
            assert str(path.parent) in str(error) or "two images are named" in str(error), error

    attempt()
