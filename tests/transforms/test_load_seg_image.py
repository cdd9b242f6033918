import io

import cv2
import numpy as np
import pytest
import tifffile
from mmcv.transforms import LoadImageFromFile
from PIL import Image

from seg_plugins.files.orientation import turn
from seg_plugins.transforms import LoadSegImage
from seg_plugins.transforms.load_seg_image import decode_image
from tests.files.test_orientation import encoded


@pytest.fixture
def picture(tmp_path):
    path = tmp_path / "a.jpg"
    cv2.imwrite(str(path), np.random.default_rng(0).integers(0, 255, (40, 50, 3), np.uint8))
    return path


@pytest.mark.parametrize("options", [{}, dict(to_float32=True), dict(color_type="grayscale")])
def test_loads_what_upstream_loads(picture, options):
    ours = LoadSegImage(**options)(dict(img_path=str(picture)))
    theirs = LoadImageFromFile(**options)(dict(img_path=str(picture)))
    assert ours.keys() == theirs.keys() and ours["ori_shape"] == theirs["ori_shape"] == (40, 50)
    assert ours["img"].dtype == theirs["img"].dtype and np.array_equal(ours["img"], theirs["img"])


def test_faults_are_named(picture):
    load = LoadSegImage()
    picture.write_bytes(picture.read_bytes()[:-100])
    with pytest.raises(ValueError, match=r"a\.jpg is truncated"):
        load(dict(img_path=str(picture)))
    picture.write_bytes(b"no picture")
    with pytest.raises(ValueError, match=r"a\.jpg cannot be decoded"):
        load(dict(img_path=str(picture)))
    with pytest.raises(FileNotFoundError, match=r"b\.jpg does not exist"):
        load(dict(img_path=str(picture.with_name("b.jpg"))))


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("flag", ["color", "grayscale", "unchanged"])
@pytest.mark.parametrize("channels", [3, 4])
def test_png_and_tiff_of_the_same_numbers_give_the_same(kind, flag, channels, tmp_path):
    tifffile = pytest.importorskip("tifffile")
    pixels = np.random.default_rng(0).integers(0, np.iinfo(kind).max, (9, 7, channels)).astype(kind)
    tifffile.imwrite(tmp_path / "x.tif", pixels, photometric="rgb")
    cv2.imwrite(str(tmp_path / "x.png"), pixels[..., [2, 1, 0, 3][:channels]])
    tiff, png = (
        LoadSegImage(color_type=flag)(dict(img_path=str(tmp_path / f"x.{end}")))["img"]
        for end in ("tif", "png")
    )
    assert tiff.dtype == png.dtype and (tiff == png).all()
    if flag == "unchanged":
        assert (tiff == (pixels[..., ::-1] if channels == 3 else pixels)).all()
    elif flag == "color":
        assert (tiff[..., ::-1] == pixels[..., :3] >> (8 if kind is np.uint16 else 0)).all()


UPRIGHT = cv2.resize(np.random.default_rng(0).integers(0, 255, (4, 6, 3), np.uint8), (48, 32))


@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP", "TIFF"])
@pytest.mark.parametrize("flag", ["color", "grayscale", "unchanged"])
@pytest.mark.parametrize("backend", ["cv2", "pillow"])
@pytest.mark.parametrize("way", [1, 3, 6, 7])
def test_every_format_is_turned_as_it_is_shown(kind, flag, backend, way):
    if kind == "TIFF":
        buffer = io.BytesIO()
        tifffile.imwrite(buffer, UPRIGHT, photometric="rgb", extratags=[(274, "H", 1, way, True)])
        data = buffer.getvalue()
    else:
        data = encoded(UPRIGHT, kind, way)
    image = decode_image(data, "x", flag, backend)
    right = turn(UPRIGHT, way)
    right = cv2.cvtColor(right, cv2.COLOR_RGB2GRAY) if image.ndim == 2 else right[..., ::-1]
    assert image.shape == right.shape and np.abs(image.astype(int) - right).mean() < 8


def test_16_bits_are_turned_too():
    deep = np.arange(24, dtype=np.uint16).reshape(4, 6) * 1000
    assert np.array_equal(decode_image(encoded(deep, "PNG", 6), "x", "unchanged"), np.rot90(deep, -1))


def test_missing_values_are_filled_and_said(tmp_path):
    image = np.arange(24, dtype=np.float32).reshape(2, 3, 4)
    image[0, 0, 1], image[0, 2, 3], image[1, 2, 3] = np.nan, -9999, np.inf
    tags = [(42113, "s", 0, "-9999", True)]
    tifffile.imwrite(
        tmp_path / "a.tif", image, photometric="minisblack", planarconfig="separate", extratags=tags
    )
    results = dict(img_path=str(tmp_path / "a.tif"))
    out = LoadSegImage(color_type="unchanged", fill=[7.0, 8.0])(dict(results))
    assert out["img"][0, 1].tolist() == [7, 13] and out["img"][2, 3].tolist() == [7, 8]
    assert out["missing"].sum() == 3 and out["missing"].all(axis=-1).sum() == 1
    assert LoadSegImage(color_type="unchanged")(dict(results))["img"][0, 1, 0] == 0
    with pytest.raises(ValueError, match=r"a\.tif: fill has 4 numbers, but the image has 2 channels"):
        LoadSegImage(color_type="unchanged", fill=[1, 2, 3, 4])(dict(results))


def test_fill_is_given_red_first(tmp_path):
    image = np.ones((3, 2, 2), np.float32)
    image[:, 0, 0] = np.nan
    tifffile.imwrite(tmp_path / "a.tif", image, photometric="rgb", planarconfig="separate")
    out = LoadSegImage(color_type="unchanged", fill=[10, 20, 30])(dict(img_path=str(tmp_path / "a.tif")))
    assert out["img"][0, 0].tolist() == [30, 20, 10]


def test_whole_images_say_nothing_of_missing_values(picture):
    assert "missing" not in LoadSegImage()(dict(img_path=str(picture)))


def test_doubles_beyond_floats_are_missing(tmp_path):
    tifffile.imwrite(tmp_path / "a.tif", np.array([[1.0, -1.7976931348623157e308]]))
    out = LoadSegImage(color_type="unchanged")(dict(img_path=str(tmp_path / "a.tif")))
    assert out["img"].dtype == np.float32 and out["img"].tolist() == [[1.0, 0.0]]


def test_gif_and_pictures_above_the_limits(tmp_path, monkeypatch):
    Image.fromarray(UPRIGHT).convert("P", palette=Image.Palette.ADAPTIVE).save(tmp_path / "a.gif")
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 10)
    image = LoadSegImage()(dict(img_path=str(tmp_path / "a.gif")))["img"]
    assert image.shape == UPRIGHT.shape and np.abs(image.astype(int) - UPRIGHT[..., ::-1]).mean() < 20

    def refuse(*_, **__):
        raise cv2.error(
            "... (size.width) <= static_cast<int>(CV_IO_MAX_IMAGE_WIDTH) in function validateInputImageSize"
        )

    monkeypatch.setattr("mmcv.imfrombytes", refuse)
    with pytest.raises(ValueError, match=r"image x has more pixels than OpenCV takes: cut it.*OPENCV_IO_MAX"):
        decode_image(encoded(UPRIGHT, "PNG", 1), "x")


@pytest.mark.parametrize("array", [np.zeros((4, 6), np.complex64)])
def test_what_is_no_image_is_named(tmp_path, array):
    tifffile.imwrite(tmp_path / "a.tif", array)
    with pytest.raises(ValueError, match=r"a\.tif holds complex64 numbers"):
        LoadSegImage(color_type="unchanged")(dict(img_path=str(tmp_path / "a.tif")))


@pytest.mark.parametrize("flag", ["color", "grayscale", "unchanged"])
@pytest.mark.parametrize(
    "layout", [dict(tile=(16, 16)), dict(tile=(16, 16), compression="zlib"), dict(rowsperstrip=1)]
)
@pytest.mark.parametrize("shape", [(48, 60), (37, 53, 3), (37, 53, 4)])
def test_tiffs_of_every_layout_are_read_as_a_png(shape, layout, flag, tmp_path):
    """OpenCV by itself reads no colours in small tiles."""
    pixels = np.random.default_rng(0).integers(0, 255, shape, np.uint8)
    tifffile.imwrite(tmp_path / "x.tif", pixels, **layout)
    Image.fromarray(pixels).save(tmp_path / "x.png")
    tiff, png = (decode_image((tmp_path / name).read_bytes(), name, flag) for name in ("x.tif", "x.png"))
    assert np.array_equal(tiff, png)


@pytest.mark.parametrize("shape, dtype", [((4, 5), np.uint8), ((4, 5, 3), np.uint8), ((4, 5, 2), np.float32)])
def test_map_coordinates_print_nothing(shape, dtype, capfd):
    file = io.BytesIO()
    tags = [(33550, "d", 3, (1.0, 1.0, 0.0), True)]
    kind = "rgb" if shape[-1] == 3 else "minisblack"
    tifffile.imwrite(file, np.ones(shape, dtype), extratags=tags, photometric=kind)
    if dtype == np.uint8:
        assert decode_image(file.getvalue(), "a.tif").shape == (4, 5, 3)
    else:
        with pytest.raises(ValueError, match="color_type='unchanged'"):
            decode_image(file.getvalue(), "a.tif")
    assert capfd.readouterr() == ("", "")
