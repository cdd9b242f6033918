import io

import numpy as np
import pytest
import tifffile
from PIL import Image, ImageOps

from seg_plugins.files.orientation import orientation, turn

PICTURE = np.random.default_rng(0).integers(0, 255, (4, 6, 3), np.uint8)
FORMATS = ["JPEG", "PNG", "WEBP"]


def encoded(array, kind, way):
    exif = Image.Exif()
    exif[274] = way
    buffer = io.BytesIO()
    Image.fromarray(array).save(buffer, kind, exif=exif)
    return buffer.getvalue()


@pytest.mark.parametrize("way", range(1, 9))
def test_turns_as_pillow_does(way):
    with Image.open(io.BytesIO(encoded(PICTURE, "PNG", way))) as picture:
        assert np.array_equal(turn(PICTURE, way), np.asarray(ImageOps.exif_transpose(picture)))


@pytest.mark.parametrize("kind", FORMATS)
def test_every_format_says_it(kind):
    for way in (1, 3, 6):
        assert orientation(encoded(PICTURE, kind, way)) == way
    buffer = io.BytesIO()
    Image.fromarray(PICTURE).save(buffer, kind)
    assert orientation(buffer.getvalue()) == 1


@pytest.mark.parametrize("order, big", [("<", False), (">", False), ("<", True), (">", True)])
def test_tiff_says_it_by_a_tag(order, big):
    buffer = io.BytesIO()
    tags = [(274, "H", 1, 8, True)]
    tifffile.imwrite(buffer, PICTURE, photometric="rgb", byteorder=order, bigtiff=big, extratags=tags)
    assert orientation(buffer.getvalue()) == 8


def test_what_cannot_be_read_is_upright():
    data = encoded(PICTURE, "JPEG", 6)
    for cut in range(0, len(data), 7):
        assert orientation(data[:cut]) in (1, 6)
    assert orientation(b"") == orientation(b"GIF89a") == orientation(b"\xff\xd8\xff\xe1") == 1
    assert orientation(data.replace(b"\x01\x12\x00\x03", b"\x01\x12\x00\x0c")) == 1  # of another kind
