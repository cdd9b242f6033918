import cv2
import numpy as np
import pytest

from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.pairing import (
    every_fifth,
    fit,
    pair_up,
    read_foreground,
    read_ids,
    read_picture,
    require_source,
)
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


def test_foreground_of_grey_and_colour_masks(tmp_path):
    grey = np.array([[0, 127, 128, 255]], np.uint8)
    for name, picture in (("g.png", grey), ("c.png", cv2.merge([grey] * 3))):
        cv2.imwrite(str(tmp_path / name), picture)
        assert read_foreground(tmp_path / name).tolist() == [[0, 0, 1, 1]]
    assert np.array_equal(read_ids(tmp_path / "g.png"), grey)
    with pytest.raises(ValueError, match=r"c\.png holds colours"):
        read_ids(tmp_path / "c.png")


def test_damaged_files_are_named(tmp_path):
    write_image(tmp_path / "g.png", (40, 40))
    (tmp_path / "g.png").write_bytes((tmp_path / "g.png").read_bytes()[:-200])
    for read in (read_ids, read_picture):
        with pytest.raises(ValueError, match=r"g\.png cannot be decoded"):
            read(tmp_path / "g.png")


def test_pictures_are_blue_green_red(tmp_path):
    picture = np.array([[[255, 0, 0], [0, 9, 200]]], np.uint8)
    cv2.imwrite(str(tmp_path / "p.png"), picture)
    assert np.array_equal(read_picture(tmp_path / "p.png"), picture)


def test_masks_are_brought_to_the_size_of_their_image(tmp_path):
    write_image(tmp_path / "i.png", (4, 6, 3))
    same, note = fit(np.ones((4, 6), np.uint8), tmp_path / "i.png")
    assert same.shape == (4, 6) and note == ""
    small = np.array([[0, 1, 2], [3, 4, 5]], np.uint8)
    large, note = fit(small, tmp_path / "i.png")
    assert np.array_equal(large, small.repeat(2, 0).repeat(2, 1)) and "nearest" in note


def test_every_fifth_is_validation():
    assert [i for i in range(15) if every_fifth(i) == "val"] == [4, 9, 14]


def test_missing_source_says_where_to_get_it(tmp_path):
    with pytest.raises(SourceError, match=r"--source DIR\. Fetch it there"):
        require_source(None, "x", "Fetch it there")
    with pytest.raises(SourceError, match=r"none does not exist\. Fetch it there"):
        require_source(tmp_path / "none", "x", "Fetch it there")
