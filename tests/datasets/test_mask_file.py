import io

import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from seg_plugins.datasets.mask_file import NOT_A_NUMBER, MaskFile, is_lossy, read_mask
from tests.files.test_orientation import encoded

RED, BLUE = (255, 0, 0), (0, 0, 255)
GREY = np.array([[0, 7], [200, 255]], np.uint8)


def pillow(array, kind="PNG", **options):
    buffer = io.BytesIO()
    picture = array if isinstance(array, Image.Image) else Image.fromarray(array)
    picture.save(buffer, kind, **options)
    return buffer.getvalue()


def tiff(array, **options):
    buffer = io.BytesIO()
    tifffile.imwrite(buffer, array, **options)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "dtype", [np.uint8, np.uint16, np.int16, np.int32, np.uint32, np.float32, np.float64]
)
def test_whole_numbers_of_any_depth(dtype):
    ids = np.array([[0, 3, 100]]).astype(dtype)
    if np.dtype(dtype).kind != "u":
        ids[0, 0] = -1
    for data in (tiff(ids), tiff(ids, byteorder=">"), tiff(ids, compression="zlib")):
        assert read_mask(data, "x").as_wide(1, "x").tolist() == ids.astype(int).tolist()


def test_kinds_of_png():
    assert np.array_equal(read_mask(pillow(GREY), "x").values, GREY)
    assert np.array_equal(read_mask(pillow(cv2.merge([GREY] * 3)), "x").values, GREY)
    deep = GREY.astype(np.uint16) * 200
    assert np.array_equal(read_mask(pillow(deep), "x").values, deep)
    assert read_mask(pillow(Image.fromarray(GREY > 100)), "x").values.tolist() == [[0, 0], [255, 255]]


def test_colours_of_16_bits_keep_their_bits():
    deep = np.array([[(1, 2, 3), (300, 0, 65535)]], np.uint16)
    data = cv2.imencode(".png", deep[..., ::-1])[1].tobytes()
    assert np.array_equal(read_mask(data, "x").as_wide(3, "x"), deep)
    same = cv2.imencode(".png", cv2.merge([np.array([[1, 2]], np.uint16)] * 3))[1].tobytes()
    assert read_mask(same, "x").as_wide(1, "x").tolist() == [[1, 2]]


def test_a_palette_has_numbers_and_colours():
    picture = Image.fromarray(np.array([[0, 1]], np.uint8)).convert("P")
    picture.putpalette([*RED, *BLUE])
    found = read_mask(pillow(picture), "x")
    assert found.as_wide(1, "x").tolist() == [[0, 1]] and found.as_wide(3, "x").tolist() == [
        [list(RED), list(BLUE)]
    ]
    found = read_mask(pillow(picture, transparency=0), "x")
    assert found.as_wide(4, "x").tolist() == [[[*RED, 0], [*BLUE, 255]]]


@pytest.mark.parametrize("mode", ["RGBA", "LA"])
def test_transparency(mode):
    channels = 4 if mode == "RGBA" else 2
    array = np.zeros((1, 2, channels), np.uint8)
    array[0, 1, -1] = 255
    found = read_mask(pillow(array), "x")
    assert found.alpha and found.as_wide(4, "x").tolist() == [[[0, 0, 0, 0], [0, 0, 0, 255]]]
    assert found.as_wide(1, "x").tolist() == [[0, 0]] and found.as_wide(3, "x").shape == (1, 2, 3)


def test_a_channel_per_class():
    array = np.zeros((5, 4, 6), np.uint8)
    array[3, 0, 0] = 1
    found = read_mask(tiff(array, photometric="minisblack", planarconfig="separate"), "x")
    assert found.channels == 5 and found.as_wide(5, "x")[0, 0].tolist() == [0, 0, 0, 1, 0]
    with pytest.raises(ValueError, match="x holds 5 channels, but the classes are told by 3 numbers"):
        found.as_wide(3, "x")
    with pytest.raises(ValueError, match=r"x holds colours or channels \(5 of them\)"):
        found.as_wide(1, "x")


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP", "TIFF"])
def test_masks_are_taken_as_they_are_shown(kind):
    mask = np.zeros((16, 32), np.uint8)
    mask[:, :16] = 255
    tags = [(274, "H", 1, 6, True)]
    data = tiff(mask, extratags=tags) if kind == "TIFF" else encoded(mask, kind, 6)
    assert np.array_equal(read_mask(data, "x").as_wide(1, "x") > 127, np.rot90(mask, -1) > 127)


def test_which_formats_change_values():
    big = np.kron(GREY, np.ones((8, 8), np.uint8))
    assert is_lossy(pillow(big, "JPEG")) and read_mask(pillow(big, "JPEG"), "x.png").lossy
    assert is_lossy(pillow(cv2.merge([big] * 3), "WEBP"))
    assert not is_lossy(pillow(cv2.merge([big] * 3), "WEBP", lossless=True))
    assert is_lossy(pillow(big, "TIFF", compression="jpeg"))
    for data in (pillow(big), pillow(big, "GIF"), tiff(big), pillow(big, "BMP")):
        assert not is_lossy(data) and np.array_equal(read_mask(data, "x").as_wide(1, "x"), big)


def test_floats_have_to_be_whole_and_may_be_missing():
    found = read_mask(tiff(np.array([[0.0, np.nan, 2.0]], np.float32)), "x")
    assert found.values.tolist() == [[0, NOT_A_NUMBER, 2]]
    for values in ([[0.0, 0.37]], [[0.0, np.inf]]):
        with pytest.raises(ValueError, match=r"x holds (0\.37|inf) \(1 pixels are not integers\)"):
            read_mask(tiff(np.array(values, np.float32)), "x")


@pytest.mark.parametrize(
    "data, message",
    [
        (b"", r"x is empty \(0 bytes\)"),
        (b"nothing", "x cannot be decoded: it is damaged or not an image"),
        (b"II*\0nonsense", "label x cannot be decoded"),
        (pillow(np.random.default_rng(0).integers(0, 255, (40, 40), np.uint8))[:700], "x cannot be decoded"),
    ],
)
def test_faulty_files_are_named(data, message):
    with pytest.raises(ValueError, match=message) as caught:
        read_mask(data, "x")
    assert "BytesIO" not in str(caught.value)


def test_grey_of_a_lossy_colour_file_is_grey():
    values = np.array([[(200, 203, 199), (1, 0, 2)]], np.uint8)
    assert MaskFile(values, lossy=True).as_wide(1, "x").shape == (1, 2)
    with pytest.raises(ValueError, match="holds colours"):
        MaskFile(values).as_wide(1, "x")
