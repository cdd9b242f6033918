import numpy as np
import pytest

from seg_plugins.transforms.random_affine_warp import RandomAffineWarp, affine_matrix
from tests.transforms.base import GeometricTester, apply, block_labels


class TestRandomAffineWarp(GeometricTester):
    name = "RandomAffineWarp"
    options = dict(degrees=20, shear=10, scale=(0.8, 1.3), shift=0.1)


def test_known_maps():
    centre = np.array([31.5, 23.5, 1])
    assert affine_matrix((48, 64), 0, 0, 1, (0, 0)) == pytest.approx(np.eye(3)[:2])
    for matrix in (affine_matrix((48, 64), 77, 0, 1.5, (0, 0)), affine_matrix((48, 64), 0, 15, 1, (0, 0))):
        assert matrix @ centre == pytest.approx(centre[:2])
    assert affine_matrix((48, 64), 0, 0, 1, (0.5, 0.25)) @ centre == pytest.approx([63.5, 35.5])
    assert affine_matrix((48, 64), 90, 0, 1, (0, 0)) @ [41.5, 23.5, 1] == pytest.approx([31.5, 13.5])


def test_no_warp_changes_nothing():
    labels = block_labels()
    image = labels[..., None].repeat(3, axis=2)
    still = apply(RandomAffineWarp(prob=1.0, degrees=0), image, labels)
    assert np.array_equal(still["gt_seg_map"], labels) and np.array_equal(still["img"], image)
