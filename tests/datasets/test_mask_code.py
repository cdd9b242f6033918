import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from seg_plugins.datasets.mask_code import MaskCode, as_value, pack, read_mask

RED, BLUE, BLACK = (255, 0, 0), (0, 0, 255), (0, 0, 0)


def png(array):
    return cv2.imencode(".png", array)[1].tobytes()


@pytest.mark.parametrize(
    "values, ignored, mask, labels",
    [
        (None, (255,), [[0, 1, 255]], [[0, 1, 255]]),
        ([0, 255], (255,), [[0, 255]], [[0, 1]]),
        ([1000, 40000], (0,), [[1000, 40000, 0]], [[0, 1, 255]]),
        (["#ff0000", BLUE], (BLACK,), [[RED, BLUE, BLACK]], [[0, 1, 255]]),
        ([(0, 0, 0), (255, 255, 255)], (), [[0, 255]], [[0, 1]]),
    ],
)
def test_values_become_ids_of_training(values, ignored, mask, labels):
    code = MaskCode.make(("a", "b"), values, ignored)
    decoded = code.decode(np.array(mask, np.uint16), "x.png")
    assert decoded.dtype == np.uint8 and decoded.tolist() == labels


def test_unknown_values_are_named_with_the_table():
    with pytest.raises(
        ValueError, match=r"x\.png holds 7 \(2 px\); 9 \(1 px\): neither(.|\n)*1 in the file ->   1 b"
    ):
        MaskCode.make(("a", "b"), None, (255,)).decode(np.array([[0, 7, 7, 9]], np.uint8), "x.png")
    with pytest.raises(ValueError, match=r"holds 1, 2, 3 \(1 px\)"):
        MaskCode.make(("a", "b"), [RED, BLUE], ()).decode(np.array([[(1, 2, 3), RED]], np.uint8), "x.png")
    with pytest.raises(ValueError, match="holds colours, but the classes are told by id"):
        MaskCode.make(("a", "b"), None, ()).decode(np.array([[(1, 2, 3), RED]], np.uint8), "x.png")


def test_lossy_masks_are_taken_by_the_nearest_value():
    code = MaskCode.make(("a", "b"), [0, 255], ())
    assert code.decode(np.array([[3, 100, 200, 250]], np.uint8), "x.jpg").tolist() == [[0, 0, 1, 1]]
    code = MaskCode.make(("a", "b"), [RED, BLUE], (BLACK,))
    assert code.decode(np.array([[(250, 9, 3), (8, 8, 2)]], np.uint8), "x.JPG").tolist() == [[0, 255]]


@pytest.mark.parametrize(
    "classes, values, message",
    [
        ("ab", [0], "2 classes need as many values"),
        ("ab", [0, 0], "must differ"),
        ("ab", [0, RED], "all ids or all"),
        ("aa", [0, 1], "names of classes must differ"),
    ],
)
def test_codes_that_do_not_fit(classes, values, message):
    with pytest.raises(ValueError, match=message):
        MaskCode.make(tuple(classes), values, ())


def test_table():
    table = MaskCode.make(("sky", "road"), ["#0a0b0c", RED], (BLACK, 255)).table()
    assert table.splitlines() == ["10, 11, 12 in the file ->   0 sky", " 255, 0, 0 in the file ->   1 road",
                                  "   0, 0, 0 in the file -> 255 (ignored)"]  # fmt: skip


def test_reading_depths_and_kinds(tmp_path):
    grey = np.array([[0, 7], [200, 255]], np.uint8)
    assert np.array_equal(read_mask(png(grey), "x"), grey)
    assert np.array_equal(read_mask(png(cv2.merge([grey] * 3)), "x"), grey)
    deep = grey.astype(np.uint16) * 200
    assert np.array_equal(read_mask(png(deep), "x"), deep)
    tifffile.imwrite(tmp_path / "x.tif", deep)
    assert np.array_equal(read_mask((tmp_path / "x.tif").read_bytes(), "x"), deep)
    colour = np.array([[RED, BLUE]], np.uint8)
    assert np.array_equal(read_mask(png(colour[..., ::-1]), "x"), colour)
    picture = Image.fromarray(np.array([[0, 1]], np.uint8)).convert("P")
    picture.putpalette([*RED, *BLUE])
    picture.save(tmp_path / "p.png")
    palette = (tmp_path / "p.png").read_bytes()
    assert read_mask(palette, "x").tolist() == [[0, 1]]
    assert np.array_equal(read_mask(palette, "x", colours=True), colour)
    Image.fromarray(grey > 100).save(tmp_path / "b.png")
    assert read_mask((tmp_path / "b.png").read_bytes(), "x").tolist() == [[0, 0], [255, 255]]
    with pytest.raises(ValueError, match="x cannot be decoded"):
        read_mask(b"nothing", "x")


def test_small_parts():
    assert as_value("#010203") == (1, 2, 3) and as_value("7") == (7,) and as_value([1, 2, 3]) == (1, 2, 3)
    assert len(set(pack(np.array([[1, 2, 3], [3, 2, 1], [2, 1, 3]])).tolist())) == 3
