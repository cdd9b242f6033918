import numpy as np
import pytest
from PIL import Image, UnidentifiedImageError

from seg_plugins.inference.image_reading import check_size, head_shape, head_size

RGB = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)


@pytest.mark.parametrize("kind", ["PNG", "BMP", "TIFF", "PPM", "JPEG", "WEBP"])
def test_the_head_says_the_shape(kind, tmp_path):
    Image.fromarray(RGB).save(tmp_path / "image", kind)
    data = (tmp_path / "image").read_bytes()
    assert head_shape(data) == head_shape(data, [kind]) == (5, 7, 3)
    assert head_size(tmp_path / "image") == (5, 7)


@pytest.mark.parametrize("bands, kind", [(7, np.uint16), (3, np.float32), (2, np.float32)])
def test_tiff_of_any_kind_has_a_head(tmp_path, bands, kind):
    tifffile = pytest.importorskip("tifffile")
    tifffile.imwrite(tmp_path / "x.tif", np.zeros((bands, 5, 7), kind), photometric="minisblack")
    assert head_shape((tmp_path / "x.tif").read_bytes()) == (5, 7, bands)
    assert head_size(tmp_path / "x.tif") == (5, 7)


def test_what_is_no_image_has_no_head(tmp_path):
    (tmp_path / "x.tif").write_bytes(b"II*\0 and no more")
    (tmp_path / "y.png").write_text("text")
    assert head_size(tmp_path / "x.tif") is head_size(tmp_path / "y.png") is None
    with pytest.raises(UnidentifiedImageError):
        head_shape(b"text")


@pytest.mark.parametrize("is_tiff, with_rasterio", [(False, True), (False, False), (True, False)])
def test_the_way_round_the_limit_is_one_that_exists(is_tiff, with_rasterio, request):
    pytest.importorskip("rasterio") if with_rasterio else request.getfixturevalue("no_rasterio")
    check_size(None, "unknown", 30)
    check_size((5, 6), "small", 30)
    with pytest.raises(ValueError, match="large: 7 x 5 pixels are above the limit of 30") as error:
        check_size((5, 7), "large", 30, is_tiff)
    assert ("convert it" in str(error.value)) == (not is_tiff)
    assert ('pip install "seg-plugins[raster]"' in str(error.value)) == (not with_rasterio)


def test_pillows_limit_is_not_ours(tmp_path, monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    Image.fromarray(RGB).save(tmp_path / "image.png")
    assert head_size(tmp_path / "image.png") == (5, 7) and Image.MAX_IMAGE_PIXELS == 10
