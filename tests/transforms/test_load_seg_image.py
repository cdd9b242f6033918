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
