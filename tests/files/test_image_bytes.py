import cv2
import numpy as np
import pytest

from seg_plugins.files.image_bytes import require_complete

PICTURE = np.random.default_rng(0).integers(0, 255, (40, 50, 3), np.uint8)


def encoded(suffix, *options):
    return cv2.imencode(suffix, PICTURE, options)[1].tobytes()


@pytest.mark.parametrize(
    "data",
    [encoded(".jpg"), encoded(".png"), encoded(".jpg", cv2.IMWRITE_JPEG_PROGRESSIVE, 1), encoded(".bmp")],
)
def test_whole_files_pass_with_trailing_bytes_too(data):
    require_complete(data, "x")
    require_complete(data + b"\0" * 100, "x")


@pytest.mark.parametrize("suffix", [".jpg", ".png"])
@pytest.mark.parametrize("kept", [0.2, 0.5, 0.99])
def test_truncated_files_are_named(suffix, kept):
    data = encoded(suffix)
    with pytest.raises(ValueError, match=r"image some\.name is truncated"):
        require_complete(data[: int(len(data) * kept)], "some.name")


def test_thumbnail_does_not_hide_a_cut():
    thumbnail, data = encoded(".jpg"), encoded(".jpg")
    block = b"\xff\xe1" + (len(thumbnail) + 2).to_bytes(2, "big") + thumbnail
    whole = data[:2] + block + data[2:]
    require_complete(whole, "x")
    with pytest.raises(ValueError, match="truncated"):
        require_complete(whole[:-30], "x")


def test_empty_file():
    with pytest.raises(ValueError, match="x is empty"):
        require_complete(b"", "x")
