import numpy as np
import pytest
from mmseg.datasets.transforms import RandomCrop

from seg_plugins.transforms.class_balanced_crop import ClassBalancedCrop, draw_corner
from tests.transforms.base import apply

LABELS = np.zeros((60, 90), np.uint8)
LABELS[:, 60:] = 1
LABELS[50, 7] = 2  # one pixel
LABELS[0] = 255
IMAGE = np.stack([LABELS] * 5, axis=-1)


def crops(count=300, **options):
    made = ClassBalancedCrop((20, 30), **options)
    return [apply(made, IMAGE, LABELS, seed) for seed in range(count)]


def test_image_and_labels_are_cut_alike():
    for out in crops(30):
        assert out["img"].shape == (20, 30, 5) and out["img_shape"] == (20, 30)
        assert (out["img"] == out["gt_seg_map"][..., None]).all()


def test_a_class_of_one_pixel_is_in_a_third_of_the_crops():
    share = np.mean([(out["gt_seg_map"] == 2).any() for out in crops()])
    uniform = np.mean([(out["gt_seg_map"] == 2).any() for out in crops(prob=0.0)])
    assert 0.33 < share < 0.6 and uniform < 0.15


def test_weights():
    assert all((out["gt_seg_map"] == 2).any() for out in crops(30, weights=[0, 0, 1]))
    assert not any((out["gt_seg_map"] == 1).all() for out in crops(30, weights=[1, 0, 0]))


def test_never_is_upstream_s_crop():
    for seed in range(10):
        np.random.seed(seed)
        np.random.random_sample()
        results = dict(img=IMAGE, gt_seg_map=LABELS, seg_fields=["gt_seg_map"])
        theirs = RandomCrop((20, 30), 0.75)(results)["gt_seg_map"]
        ours = apply(ClassBalancedCrop((20, 30), prob=0.0, cat_max_ratio=0.75), IMAGE, LABELS, seed)
        assert np.array_equal(ours["gt_seg_map"], theirs)


def test_larger_crops_and_labels_without_any_class():
    out = apply(ClassBalancedCrop((100, 30)), IMAGE, LABELS)
    assert out["img"].shape == (60, 30, 5)
    nothing = np.full_like(LABELS, 255)
    assert apply(ClassBalancedCrop((20, 30)), IMAGE, nothing)["img"].shape == (20, 30, 5)


@pytest.mark.parametrize(
    "point, part, whole, corners", [(0, 3, 9, {0}), (8, 3, 9, {6}), (4, 3, 9, {2, 3, 4})]
)
def test_every_window_around_the_point_is_drawn(point, part, whole, corners):
    assert {draw_corner(point, part, whole) for _ in range(200)} == corners
