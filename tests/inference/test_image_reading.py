import io

import numpy as np
import pytest
import torch
from PIL import Image

from seg_plugins.inference.image_reading import as_rgb, decode_image, read_image, scale_to_bytes

RGB = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)


def encoded(image, kind="PNG", **options):
    buffer = io.BytesIO()
    (image if isinstance(image, Image.Image) else Image.fromarray(image)).save(buffer, kind, **options)
    return buffer.getvalue()


def test_plain_images_keep_their_pixels():
    for kind in ("PNG", "BMP", "TIFF", "PPM"):
        assert (decode_image(encoded(RGB, kind), kind) == RGB).all()


def test_grey_is_repeated_and_alpha_dropped():
    grey = decode_image(encoded(RGB[..., 0]), "grey.png")
    assert (grey == RGB[..., :1]).all()
    alpha = np.dstack([RGB, np.zeros((5, 7), np.uint8)])
    assert (decode_image(encoded(alpha), "rgba.png") == RGB).all()
    assert decode_image(encoded(np.zeros((1, 1), np.uint8)), "1x1.png").shape == (1, 1, 3)


def test_palette_is_looked_up():
    image = Image.fromarray(RGB).quantize(64)
    assert (decode_image(encoded(image), "p.png") == np.asarray(image.convert("RGB"))).all()


def test_cmyk_becomes_rgb():
    white = Image.new("CMYK", (4, 3), (0, 0, 0, 0))
    assert decode_image(encoded(white, "JPEG"), "cmyk.jpg").min() >= 250
    black = Image.new("CMYK", (4, 3), (0, 0, 0, 255))
    assert decode_image(encoded(black, "JPEG"), "cmyk.jpg").max() <= 5


@pytest.mark.parametrize("kind", ["PNG", "TIFF"])
def test_sixteen_bits_are_scaled_by_their_range(kind):
    values = np.array([[1000, 1500], [2000, 3000]], np.uint16)
    assert decode_image(encoded(values, kind), "deep")[..., 0].tolist() == [[0, 64], [128, 255]]


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32])
def test_deep_pil_images_are_scaled_as_their_files_are(dtype):
    values = np.array([[1000, 1500], [2000, 3000]], dtype)
    assert as_rgb(Image.fromarray(values))[..., 0].tolist() == [[0, 64], [128, 255]]


def test_constant_and_infinite_values_scale_to_black():
    assert not scale_to_bytes(np.full((2, 2), 700, np.uint16)).any()
    assert scale_to_bytes(np.array([0.0, np.nan, np.inf, 2.0])).tolist() == [0, 0, 0, 255]


def test_orientation_is_applied():
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees
    assert decode_image(encoded(RGB, "JPEG", exif=exif), "turned.jpg").shape == (7, 5, 3)
    deep = np.arange(35, dtype=np.uint16).reshape(5, 7) * 900
    turned = decode_image(encoded(deep, exif=exif), "deep.png")
    assert (turned == decode_image(encoded(np.rot90(deep, -1)), "upright.png")).all()


NOISE = np.random.default_rng(0).integers(0, 256, (64, 64, 3), np.uint8)


@pytest.mark.parametrize(
    "data, reason",
    [
        (b"", "the file is empty"),
        (b"hello, world", "not an image"),
        (encoded(NOISE)[:-4000], "damaged or truncated"),
        (encoded(NOISE, "JPEG")[:-900], "damaged or truncated"),
        (encoded(np.zeros((40, 30), np.uint8)), "30 x 40 pixels are above the limit of 1,000"),
    ],
)  # fmt: skip
def test_refusals_name_file_and_reason(data, reason):
    with pytest.raises(ValueError, match=rf"^bad\.png: .*{reason}"):
        decode_image(data, "bad.png", max_pixels=1000 if "above" in reason else 10**8)


def test_missing_file(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no\.png: there is no such file"):
        read_image(tmp_path / "no.png")


def test_arrays_tensors_and_pil_agree():
    for same in (
        RGB,
        Image.fromarray(RGB),
        torch.from_numpy(RGB).permute(2, 0, 1),
        np.dstack([RGB, RGB[..., 0]]),
    ):
        assert (as_rgb(same) == RGB).all()
    half = torch.rand(3, 5, 7).bfloat16()
    assert (as_rgb(half) == as_rgb(half.float())).all()
    no_pixels = np.zeros((0, 2), np.uint8), Image.new("RGB", (0, 2))
    for wrong in (np.zeros((2, 2, 5), np.uint8), *no_pixels, np.zeros((2, 2), bool), "text"):
        with pytest.raises(ValueError, match="is no image"):
            as_rgb(wrong)


@pytest.mark.filterwarnings("ignore:Corrupt EXIF data:UserWarning:PIL.TiffImagePlugin")
def test_colour_in_floating_point_is_read_and_has_the_limit(tmp_path):
    tifffile = pytest.importorskip("tifffile")
    pixels = np.random.default_rng(0).random((6, 9, 3), np.float32)
    tifffile.imwrite(tmp_path / "float.tif", pixels, photometric="rgb")
    assert (read_image(tmp_path / "float.tif") == scale_to_bytes(pixels)).all()
    with pytest.raises(ValueError, match=r"float.tif: 9 x 6 pixels are above the limit of 50"):
        read_image(tmp_path / "float.tif", max_pixels=50)
    with pytest.raises(ValueError, match="not an image"):
        decode_image(b"II*\0 and no more", "x.tif")


@pytest.mark.parametrize("kind, with_rasterio", [("PNG", True), ("PNG", False), ("TIFF", False)])
def test_the_way_round_the_limit_is_one_that_exists(kind, with_rasterio, request):
    pytest.importorskip("rasterio") if with_rasterio else request.getfixturevalue("no_rasterio")
    with pytest.raises(ValueError) as error:
        decode_image(encoded(RGB, kind), "large", max_pixels=30)
    assert ("convert it" in str(error.value)) == (kind == "PNG")
    assert ('pip install "seg-plugins[raster]"' in str(error.value)) == (not with_rasterio)


def test_the_limit_may_be_raised_above_pillows(monkeypatch):
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    assert (decode_image(encoded(RGB), "large", max_pixels=35) == RGB).all()
    assert Image.MAX_IMAGE_PIXELS == 10
