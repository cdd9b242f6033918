import numpy as np

from seg_plugins.transforms.random_snow import RandomSnow, flakes
from tests.transforms.base import PhotometricTester, apply, block_labels, picture


class TestRandomSnow(PhotometricTester):
    name = "RandomSnow"


def test_more_and_larger_flakes_cover_more():
    np.random.seed(0)
    cover = [flakes((200, 200), n, r).mean() for n, r in ((20, 2), (200, 2), (200, 5))]
    assert cover == sorted(cover) and cover[0] > 0 and cover[2] < 0.6


def test_nothing_gets_darker():
    image = picture()
    assert (apply(RandomSnow(prob=1.0), image, block_labels())["img"] >= image).all()
