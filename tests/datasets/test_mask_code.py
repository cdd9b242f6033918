import cv2
import numpy as np
import pytest

from seg_plugins.datasets.mask_code import MaskCode, as_value, digest

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
        ([(0, 0, 0, 0), (0, 0, 0, 255)], (), [[(0, 0, 0, 255), (0, 0, 0, 0)]], [[1, 0]]),
        ([(0, 1, 0, 0, 0), (0, 0, 0, 0, 1)], ([0] * 5,), [[(0, 0, 0, 0, 1), (0,) * 5]], [[1, 255]]),
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


def test_negative_numbers_and_missing_ones():
    code = MaskCode.make(("a", "b"), [0, 1], (-1, 255))
    for dtype in (np.int16, np.int32, np.int64):
        assert code.decode(np.array([[-1, 0, 1]], dtype), "x.tif").tolist() == [[255, 0, 1]]
    missing = np.array([[np.iinfo(np.int64).min, 1]])
    assert MaskCode.make("ab", None, ()).decode(missing, "x.tif").tolist() == [[255, 1]]
    with pytest.raises(ValueError, match=r"x\.tif holds -7 \(1 px\)"):
        code.decode(np.array([[-7, 0]], np.int16), "x.tif")


def test_lossy_masks_are_taken_by_the_nearest_value():
    code = MaskCode.make(("a", "b"), [0, 255], ())
    assert code.decode(np.array([[3, 100, 200, 250]], np.uint8), "x", True).tolist() == [[0, 0, 1, 1]]
    code = MaskCode.make(("a", "b"), [RED, BLUE], (BLACK,))
    assert code.decode(np.array([[(250, 9, 3), (8, 8, 2)]], np.uint8), "x", True).tolist() == [[0, 255]]


def test_lossy_is_the_content_and_not_the_name():
    mask = np.zeros((32, 32), np.uint8)
    mask[8:24, 5:21] = 255
    data = cv2.imencode(".jpg", mask, [cv2.IMWRITE_JPEG_QUALITY, 60])[1].tobytes()
    code = MaskCode.make(("a", "b"), [0, 255], ())
    assert np.array_equal(code.read(data, "x.png"), mask // 255)
    with pytest.raises(ValueError, match=r"x\.jpg holds 10 \(1 px\)"):
        code.read(png(np.array([[10, 255]], np.uint8)), "x.jpg")
    with pytest.raises(ValueError, match=r"x\.jpg holds(.|\n)*The file is a JPEG"):
        MaskCode.make(("a", "b"), None, (255,)).read(data, "x.jpg")  # 0, 1 and 255 for noise around 0


def test_soft_masks_are_taken_by_the_nearest_value_if_asked_for():
    code = MaskCode.make(("a", "b"), [0, 255], (), nearest=True)
    assert code.read(png(np.array([[0, 127, 128, 255]], np.uint8)), "x.png").tolist() == [[0, 0, 1, 1]]


def test_large_masks_are_read_in_parts(monkeypatch):
    mask = np.random.default_rng(0).integers(0, 3, (50, 7)).astype(np.int32)
    whole = MaskCode.make("abc", None, ()).decode(mask, "x")
    monkeypatch.setattr("seg_plugins.datasets.mask_code.AT_ONCE", 21)
    assert np.array_equal(MaskCode.make("abc", None, ()).decode(mask, "x"), whole)
    assert np.array_equal(whole, mask)


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


@pytest.mark.parametrize("value", ["#ff", "#zzzzzz", "red", "1,a", None, "#ff00ff00ff"])
def test_values_that_are_none(value):
    with pytest.raises(ValueError, match="is not an integer"):
        as_value(value)


def test_small_parts():
    assert as_value("#010203") == (1, 2, 3) and as_value("7") == (7,) and as_value([1, 2, 3]) == (1, 2, 3)
    assert as_value("#01020300") == (1, 2, 3, 0) and as_value("0,1,0,0,0") == (0, 1, 0, 0, 0)
    assert len(set(digest(np.array([[1, 2, 3], [3, 2, 1], [2, 1, 3]])).tolist())) == 3
