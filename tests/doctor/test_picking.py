"""Tests of picking images to label."""

from fractions import Fraction

import cv2
import numpy as np
import pytest

from seg_plugins.doctor.picking import (
    few_enough,
    grey_thumbnails,
    medoids,
    pick_images,
    small_pictures,
    spaced,
)


@pytest.mark.parametrize("total, count", [(7, 7), (367, 46), (10, 3), (1, 1)])
def test_a_number_of_evenly_spaced_images_is_that_number(total, count):
    chosen = spaced(total, Fraction(total, count))
    assert len(set(chosen)) == len(chosen) == count and max(chosen) < total
    assert max(np.diff([*chosen, total]), default=0) <= -(-total // count)


def test_medoids_are_one_of_each_group_and_not_the_outlier():
    rng = np.random.default_rng(0)
    centres = np.repeat(np.arange(3) * 100.0, 10)[:, None] * np.ones(4)
    features = (centres + rng.normal(size=centres.shape)).astype(np.float32)
    for seed in range(5):
        chosen = medoids(features, 3, (seed,))
        assert [i // 10 for i in chosen] == [0, 1, 2]
    middle = np.array([[0.0], [1.0], [2.0], [3.0], [40.0]])
    assert medoids(middle, 1) == [2]


def test_medoids_stay_away_from_images_that_are_taken():
    rng = np.random.default_rng(0)
    centres = np.repeat(np.arange(3) * 100.0, 10)[:, None] * np.ones(4)
    features = (centres + rng.normal(size=centres.shape)).astype(np.float32)
    for seed in range(5):
        chosen = medoids(features, 2, (seed,), taken=features[:1])
        assert [i // 10 for i in chosen] == [1, 2]
    assert medoids(features, 30, taken=features[:3]) == list(range(30))


def test_equal_images_are_picked_once_each():
    features = np.zeros((5, 3), np.float32)
    assert len(set(medoids(features, 4))) == 4 and medoids(features, 5) == [0, 1, 2, 3, 4]


def test_random_images_depend_on_the_seed():
    first, again, other = (pick_images(50, 10, "random", 5, seed=(s,)) for s in (0, 0, 1))
    assert first == again != other and len(set(first)) == 10


def test_images_of_any_kind_are_compared(tmp_path):
    kinds = dict(
        grey=np.full((40, 50), 9, np.uint8),
        colour=np.full((40, 50, 3), 9, np.uint8),
        deep=np.full((40, 50), 900, np.uint16),
    )
    for name, image in kinds.items():
        cv2.imwrite(str(tmp_path / f"{name}.png"), image)
    features = small_pictures([tmp_path / f"{name}.png" for name in kinds])
    np.testing.assert_allclose(features.mean(1), [9, 9, 900], rtol=1e-5)
    thumbnails = grey_thumbnails(features)
    assert thumbnails.dtype == np.uint8 and (thumbnails[:2] == 9).all()


def test_too_many_images_for_medoids_are_refused():
    with pytest.raises(ValueError, match="up to 20,000 images, not 20,001: choose spaced"):
        few_enough(20_001)
