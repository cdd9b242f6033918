import cv2
import numpy as np

from seg_plugins.transforms.random_jpeg import RandomJPEG, compress
from tests.transforms.base import PhotometricTester, apply, block_labels, picture


class TestRandomJPEG(PhotometricTester):
    name = "RandomJPEG"
    dtypes = ("uint8",)


def test_lower_quality_differs_more_and_channels_are_grey_files():
    image = picture((64, 64, 3))
    errors = [np.abs(compress(image, q).astype(int) - image).mean() for q in (95, 60, 20)]
    assert errors == sorted(errors) and errors[0] < 3
    grey = cv2.imdecode(cv2.imencode(".jpg", image[..., 0], [cv2.IMWRITE_JPEG_QUALITY, 50])[1], -1)
    assert np.array_equal(compress(np.concatenate([image, image], axis=2), 50)[..., 4], grey)


def test_float_images_pass():
    image = picture(dtype="float32")
    assert apply(RandomJPEG(prob=1.0), image, block_labels())["img"] is image
