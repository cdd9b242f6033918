import re
import unicodedata

import pytest

from seg_plugins.converters.annotations.image_index import ImageIndex
from seg_plugins.converters.annotations.json_fields import Record
from seg_plugins.converters.converter import SourceError
from tests.converters.annotations.base import images

NAMES = [
    "a.jpg",
    "sub/b.jpg",
    "sub/a.jpg",
    "C.JPG",
    unicodedata.normalize("NFD", "ü.png"),
    r"back\slash.jpg",
    "x.png",
    "X.png",
]


@pytest.mark.parametrize(
    "written, name",
    [
        ("a.jpg", "a.jpg"),
        ("./a.jpg", "a.jpg"),
        (r"sub\b.jpg", "sub/b.jpg"),
        (r"C:\Users\me\photos\sub\b.jpg", "sub/b.jpg"),
        ("/home/me/a.jpg", "a.jpg"),
        ("../photos/a.jpg", "a.jpg"),
        ("../../etc/passwd", None),
        ("/etc/passwd", None),
        ("sub/../a.jpg", "a.jpg"),
        ("photos/a.jpg", "a.jpg"),  # the folder's own name
        ("data/photos/sub/a.jpg", "sub/a.jpg"),
        ("other/a.jpg", None),  # another folder's a.jpg
        ("b.jpg", None),
        ("c.jpg", "C.JPG"),
        ("ü.png", NAMES[4]),
        (r"back\slash.jpg", NAMES[5]),
        ("x.png", "x.png"),
        ("http://host/a.jpg", None),
        ("", None),
        ("..", None),
        ("a\x00.jpg", None),
    ],
)
def test_paths_of_annotation_files(tmp_path, written, name):
    assert ImageIndex(tmp_path / "data/photos", NAMES).find(written) == name


@pytest.mark.parametrize(
    "written, beside, name",
    [
        ("a.jpg", ".", "a.jpg"),
        ("a.jpg", "sub", "sub/a.jpg"),
        (r"..\photos\a.jpg", ".", "a.jpg"),
        ("../imgs/sub/b.jpg", "json", "sub/b.jpg"),
        ("elsewhere/b.jpg", "sub", "sub/b.jpg"),
        ("../a.jpg", "sub", "a.jpg"),
        ("none.jpg", "sub", None),
    ],
)
def test_paths_relative_to_their_file(tmp_path, written, beside, name):
    assert ImageIndex(tmp_path, NAMES).find(written, beside) == name


def test_sizes_are_those_of_the_images(tmp_path):
    index = images(tmp_path)
    assert index.size("a.jpg", Record({}, "c.json"), "h", "w") == (8, 10)
    assert index.size("a.jpg", Record(dict(h=8), "c.json"), "h", "w") == (8, 10)
    for said in (dict(h=10, w=8), dict(w=20)):
        with pytest.raises(
            SourceError, match=rf"c\.json states that .*{re.escape('a.jpg')} is .*but it is 8x10"
        ):
            index.size("a.jpg", Record(said, "c.json"), "h", "w")
    (tmp_path / "i/a.jpg").write_bytes(b"no image")
    with pytest.raises(ValueError, match=r"a\.jpg"):
        index.size("a.jpg", Record({}, "c.json"), "h", "w")
