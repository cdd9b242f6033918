import cv2
import numpy as np
import pytest
import tifffile
from PIL import Image

from seg_plugins.converters.converter import SourceError
from seg_plugins.converters.mask_guess import guess_code

HALVES = np.repeat(np.array([[0], [1]], np.uint8), 12, axis=1).repeat(6, axis=0)


def write(tmp_path, *masks):
    paths = []
    for i, mask in enumerate(masks):
        if isinstance(mask, np.ndarray) and (
            mask.dtype.kind != "u" or (mask.ndim == 3 and mask.shape[2] > 4)
        ):
            paths.append(tmp_path / f"{i}.tif")
            tifffile.imwrite(paths[-1], mask, photometric="minisblack")
        else:
            paths.append(tmp_path / f"{i}.png")
            (mask if isinstance(mask, Image.Image) else Image.fromarray(mask)).save(paths[-1])
    return paths


def guess(tmp_path, *masks, classes=None, ignored=None, nearest=False):
    return guess_code(write(tmp_path, *masks), classes, ignored, nearest)[0]


def palette(mask, colours):
    picture = Image.fromarray(mask).convert("P")
    picture.putpalette([n for colour in colours for n in colour])
    return picture


@pytest.mark.parametrize(
    "values, classes, ignored",
    [
        ([0, 1, 255], [0, 1], [255]),
        ([0, 255], [0, 255], []),
        ([0, 128, 255], [0, 128, 255], []),
        ([0, 1, -1], [0, 1], [-1, 255]),
        ([0, 1, 70000], [0, 1, 70000], [255]),
    ],
)
def test_which_values_count(tmp_path, values, classes, ignored):
    dtype = np.uint8 if min(values) >= 0 and max(values) < 256 else np.int32
    code = guess(tmp_path, np.array([values], dtype))
    assert [v[0] for v in code.values] == classes and [v[0] for v in code.ignored] == ignored


def test_what_the_user_ignores(tmp_path):
    assert guess(tmp_path, np.array([[0, 1, 4]], np.uint8), ignored=["4"]).values == ((0,), (1,))
    assert len(guess(tmp_path, np.array([[0, 1, 255]], np.uint8), ignored=[]).values) == 3
    with pytest.raises(SourceError, match="no pixel of the masks has a class"):
        guess(tmp_path, np.full((3, 3), 255, np.uint8))


@pytest.mark.parametrize("colour", [0, 255])
def test_transparency_tells_the_object(tmp_path, colour):
    mask = np.full((12, 12, 4), colour, np.uint8)
    mask[..., 3] = HALVES * 255
    code = guess(tmp_path, mask, np.full((12, 12, 4), colour, np.uint8))
    assert code.values == ((colour,) * 3 + (0,), (colour,) * 3 + (255,)) and code.classes == (
        "background",
        "foreground",
    )


def test_transparency_beside_colours_is_left_out(tmp_path):
    mask = np.zeros((1, 3, 4), np.uint8)
    mask[0] = [(0, 0, 0, 0), (255, 0, 0, 255), (0, 255, 0, 255)]
    assert guess(tmp_path, mask).values == ((0, 0, 0), (0, 255, 0), (255, 0, 0))
    mask[..., 3] = 255
    assert guess(tmp_path, mask).width == 3


def test_black_on_transparent_white(tmp_path):
    mask = np.full((1, 2, 4), 255, np.uint8)
    mask[0] = [(255, 255, 255, 0), (0, 0, 0, 255)]
    assert guess(tmp_path, mask).values == ((255, 255, 255, 0), (0, 0, 0, 255))


@pytest.mark.parametrize("level", [1, 255])
def test_a_channel_per_class(tmp_path, level):
    mask = np.zeros((6, 8, 6), np.uint8)
    mask[1, 2, 0] = mask[2, 2, 5] = mask[3:, :, 3] = level
    code = guess(tmp_path, np.moveaxis(mask, -1, 0), classes=["none", "first", "fourth", "last"])
    assert [int(np.argmax(v)) if any(v) else None for v in code.values] == [None, 0, 3, 5]
    mask[4, 4, 0] = level
    with pytest.raises(SourceError, match="6 channels, and pixels with several at once"):
        guess(tmp_path, np.moveaxis(mask, -1, 0))


def test_palettes(tmp_path):
    colours = [(0, 0, 0), (128, 0, 0)]
    first, second = palette(HALVES, colours), palette(1 - HALVES, colours)
    assert guess(tmp_path, first, second).values == ((0,), (1,))
    void = palette(HALVES * 255, [(0, 0, 0)] * 255 + [(224, 224, 192)])
    assert guess(tmp_path, first, void).ignored == ((255,),)
    other = palette(1 - HALVES, colours[::-1])  # the same picture as the first
    assert guess(tmp_path, first, other).values == ((0, 0, 0), (128, 0, 0))
    white_first = palette(HALVES, [(255, 255, 255), (0, 0, 0)])
    assert guess(tmp_path, white_first).values == ((0, 0, 0), (255, 255, 255))


def test_masks_that_differ_in_channels_are_named(tmp_path):
    with pytest.raises(SourceError, match=r"0\.tif has 6; .*1\.png has 1"):
        guess(tmp_path, np.zeros((6, 8, 8), np.uint8), HALVES)


def test_too_many_values(tmp_path):
    with pytest.raises(SourceError, match=r"0\.png hold over 64 values: if they are masks and not images"):
        guess(tmp_path, np.arange(1600, dtype=np.uint16).reshape(40, 40))
    soft = cv2.GaussianBlur(np.kron(HALVES * 255, np.ones((20, 20), np.uint8)), (0, 0), 25)
    with pytest.raises(SourceError, match=r"as soft or resized masks are\. Pass --nearest"):
        guess(tmp_path, soft)
    code = guess(tmp_path, soft, nearest=True)
    assert code.values == ((0,), (255,)) and code.nearest


def test_missing_numbers_are_no_class(tmp_path):
    assert guess(tmp_path, np.array([[0.0, np.nan, 1.0]], np.float32)).values == ((0,), (1,))


def test_names_have_to_fit(tmp_path):
    with pytest.raises(SourceError, match=r"3 classes, but the masks hold 2 values: .*--ignored"):
        guess(tmp_path, HALVES, classes=["a", "b", "c"])


def test_three_channels_of_classes_are_in_the_order_of_the_channels(tmp_path):
    ids = np.repeat(np.arange(3, dtype=np.uint8), 8).reshape(6, 4)
    mask = np.uint8(255) * (ids[..., None] == np.arange(3))
    code = guess(tmp_path, mask.astype(np.uint8))
    assert np.array_equal(code.read((tmp_path / "0.png").read_bytes(), "0.png"), ids)
