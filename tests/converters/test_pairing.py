import cv2
import numpy as np
import pytest

from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.pairing import pair_up, read_grey, require_source
from tests.converters.base import write_image


def test_pairs_by_stem(tmp_path):
    for i in (2, 1):
        write_image(tmp_path / f"images/{i}.jpg", (4, 4, 3))
        write_image(tmp_path / f"masks/{i}.png", (4, 4))
    assert [(a.name, b.name) for a, b in pair_up(tmp_path / "images", tmp_path / "masks")] == [
        ("1.jpg", "1.png"), ("2.jpg", "2.png"),
    ]  # fmt: skip
    write_image(tmp_path / "masks/3.png", (4, 4))
    with pytest.raises(SourceError, match=r"masks/3\.png"):
        pair_up(tmp_path / "images", tmp_path / "masks")


def test_grey_levels_of_grey_and_colour_files(tmp_path):
    grey = np.arange(16, dtype=np.uint8).reshape(4, 4)
    cv2.imwrite(str(tmp_path / "g.png"), grey)
    cv2.imwrite(str(tmp_path / "c.png"), cv2.merge([grey] * 3))
    assert np.array_equal(read_grey(tmp_path / "g.png"), grey)
    assert np.array_equal(read_grey(tmp_path / "c.png"), grey)
    (tmp_path / "g.png").write_bytes((tmp_path / "g.png").read_bytes()[:-20])
    with pytest.raises(ValueError, match=r"g\.png is truncated"):
        read_grey(tmp_path / "g.png")


def test_missing_source_says_where_to_get_it(tmp_path):
    with pytest.raises(SourceError, match=r"--source DIR\. Fetch it there"):
        require_source(None, "x", "Fetch it there")
    with pytest.raises(SourceError, match=r"none does not exist\. Fetch it there"):
        require_source(tmp_path / "none", "x", "Fetch it there")
