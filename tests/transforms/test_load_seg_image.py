import cv2
import numpy as np
import pytest
from mmcv.transforms import LoadImageFromFile

from seg_plugins.transforms import LoadSegImage


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
@pytest.mark.parametrize("flag, channels", [("color", 3), ("color", 4), ("unchanged", 3), ("unchanged", 4)])
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
    else:
        assert (tiff[..., ::-1] == pixels[..., :3] >> (8 if kind is np.uint16 else 0)).all()
