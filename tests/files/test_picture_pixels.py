import io
import warnings

import numpy as np
import pytest
import tifffile
from PIL import Image

from seg_plugins.files.picture_pixels import opened_picture, picture_pixels, picture_size, stored_turned
from seg_plugins.files.pictures import open_picture
from tests.files.test_orientation import PICTURE, encoded


@pytest.mark.parametrize("kind, ending", [("JPEG", "jpg"), ("PNG", "png"), ("WEBP", "webp")])
def test_size_is_that_of_the_picture_as_it_is_shown(tmp_path, kind, ending):
    path = tmp_path / f"a.{ending}"
    for way, size in ((1, (4, 6)), (3, (4, 6)), (6, (6, 4))):
        path.write_bytes(encoded(PICTURE, kind, way))
        assert picture_size(path) == size and stored_turned(path) == way


def test_size_of_tiff_files_of_any_channels(tmp_path):
    path = tmp_path / "a.tif"
    options = dict(photometric="minisblack", planarconfig="contig", extratags=[(274, "H", 1, 6, True)])
    tifffile.imwrite(path, np.zeros((4, 6, 7), np.uint16), **options)
    assert picture_size(path) == (6, 4)


def test_pillows_limit_of_pixels_does_not_count(tmp_path, monkeypatch):
    Image.fromarray(PICTURE).save(tmp_path / "a.png")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert picture_size(tmp_path / "a.png") == (4, 6)
        data = (tmp_path / "a.png").read_bytes()
        assert np.array_equal(picture_pixels(open_picture(data), data), PICTURE)
    assert Image.MAX_IMAGE_PIXELS == 10


def test_tiff_is_turned_once(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", PICTURE, photometric="rgb", extratags=[(274, "H", 1, 6, True)])
    data = (tmp_path / "a.tif").read_bytes()
    assert np.array_equal(picture_pixels(open_picture(data), data), np.rot90(PICTURE, -1))


@pytest.mark.parametrize(
    "content, reason", [(b"", "empty"), (b"no picture", "not an image"), (b"II*\0", "not an image")]
)
def test_faulty_files_are_named(tmp_path, content, reason):
    (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(ValueError, match=rf"a\.png cannot be decoded: it is .*{reason}"):
        picture_size(tmp_path / "a.png")


def test_an_animation_is_no_picture(tmp_path):
    frames = [Image.fromarray(PICTURE).convert("P"), Image.fromarray(255 - PICTURE).convert("P")]
    frames[0].save(tmp_path / "a.gif", save_all=True, append_images=frames[1:])
    data = (tmp_path / "a.gif").read_bytes()
    with pytest.raises(ValueError, match="an animation of 2 frames"):
        picture_pixels(open_picture(data), data)


@pytest.mark.parametrize(
    "data, said",
    [
        (b"", "map m is empty"),
        (b"nothing", "map m cannot be decoded: it is damaged or not an image; draw it"),
        (None, r"map m cannot be decoded \(.*truncated.*\): draw it"),
    ],
)
def test_faults_of_a_picture_are_said_with_its_name(data, said):
    if data is None:
        file = io.BytesIO()
        Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40), np.uint8)).save(file, "PNG")
        data = file.getvalue()[:700]
    with pytest.raises(ValueError, match=said), opened_picture(data, "map", "m", "draw it") as picture:
        picture.load()


def test_a_fault_that_names_the_file_is_said_once():
    with (
        pytest.raises(ValueError, match=r"^map m is of no use$"),
        opened_picture(encoded(PICTURE, "PNG", 1), "map", "m"),
    ):
        raise ValueError("map m is of no use")
