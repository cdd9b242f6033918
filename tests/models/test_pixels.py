import io

import cv2
import numpy as np
import pytest
import torch
from mmcv.transforms import LoadImageFromFile
from mmseg.registry import TRANSFORMS
from PIL import Image

from seg_plugins.models.pixels import array_of, as_loaded, is_decoder
from seg_plugins.transforms.load_seg_image import LoadSegImage, decode_image

RGB = np.random.default_rng(0).integers(0, 256, (5, 7, 3), np.uint8)
DEEP = np.array([[1000, 1500], [2000, 3000]])


def test_arrays_tensors_and_pil_agree():
    for same in (RGB, Image.fromarray(RGB), torch.from_numpy(RGB).permute(2, 0, 1)):
        assert (array_of(same) == RGB).all()
    half = torch.rand(3, 5, 7).bfloat16()
    assert (array_of(half) == array_of(half.float())).all()
    assert array_of(Image.fromarray(DEEP.astype(np.uint16))).dtype == np.uint16
    palette = Image.fromarray(RGB).quantize(64)
    assert (array_of(palette) == np.asarray(palette.convert("RGB"))).all()
    for wrong in (np.zeros((0, 2), np.uint8), Image.new("RGB", (0, 2)), np.zeros((2, 2), bool), "text"):
        with pytest.raises(ValueError, match="is not an image"):
            array_of(wrong)


def test_a_picture_is_turned_as_its_file_says():
    exif = Image.Exif()
    exif[0x0112] = 6  # turned by 90 degrees
    data = io.BytesIO()
    Image.fromarray(RGB).save(data, "PNG", exif=exif)
    assert (array_of(Image.open(data)) == np.rot90(RGB, -1)).all()


@pytest.mark.parametrize("kind", [np.uint8, np.uint16])
@pytest.mark.parametrize("channels", [1, 3, 4])
@pytest.mark.parametrize("flag", ["color", "grayscale"])
def test_arrays_become_what_opencv_makes_of_their_png(flag, channels, kind):
    values = np.random.default_rng(0).integers(0, np.iinfo(kind).max, (9, 8, channels)).astype(kind)
    stored = values[..., [2, 1, 0, 3][:channels]] if channels > 1 else values
    data = cv2.imencode(".png", stored)[1]
    wanted = cv2.imdecode(data, cv2.IMREAD_COLOR if flag == "color" else cv2.IMREAD_GRAYSCALE)
    assert (as_loaded(values, LoadImageFromFile(color_type=flag))[0] == wanted).all()
    own = decode_image(data.tobytes(), "x.png", flag)
    assert (as_loaded(values, LoadSegImage(color_type=flag))[0] == own).all()
    assert np.abs(own.astype(int) - wanted).max() <= (flag == "grayscale")


def test_what_the_loader_cannot_give_is_refused():
    for values in (np.zeros((2, 2, 7), np.uint8), np.zeros((2, 2, 3), np.float32)):
        with pytest.raises(ValueError, match=r"x: .* color_type='color', which takes up to 4 channels"):
            as_loaded(values, LoadSegImage(), "x")


def test_loaders_of_other_files_give_the_array_itself():
    loader = TRANSFORMS.build(dict(type="mmseg.LoadImageFromNpyFile"))
    assert not is_decoder(loader) and is_decoder(LoadSegImage())
    assert as_loaded(RGB, loader)[0] is RGB
    assert as_loaded(RGB, LoadSegImage(to_float32=True))[0].dtype == np.float32
