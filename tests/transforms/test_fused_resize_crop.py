import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mmcv.transforms import RandomResize
from mmseg.datasets.transforms import RandomCrop

from seg_plugins.transforms import FusedResizeCrop
from seg_plugins.transforms.fused_resize_crop import CropPlan, crop_classes, crop_labels, crop_pixels

RNG = np.random.default_rng(0)
IMAGE = cv2.GaussianBlur(RNG.integers(0, 256, (64, 128, 3), np.uint8), (0, 0), 1.5)
LABELS = np.repeat(np.repeat(RNG.integers(0, 4, (8, 16)), 8, 0), 8, 1).astype(np.uint8)
LABELS[:20] = 1
LABELS[:, :30] = 255


def sample():
    return dict(img=IMAGE, gt_seg_map=LABELS, seg_fields=["gt_seg_map"], img_shape=(64, 128))


def upstream(seed, crop_size, cat_max_ratio=1.0, **resize):
    np.random.seed(seed)
    return RandomCrop(crop_size, cat_max_ratio)(RandomResize(**resize)(sample()))


def fused(seed, **options):
    np.random.seed(seed)
    return FusedResizeCrop(**options)(sample())


@settings(max_examples=150)
@given(st.integers(0, 10**6), st.booleans(), st.sampled_from([1.0, 0.75, 0.5]), st.integers(8, 90))
def test_one_seed_gives_upstream_s_result(seed, keep_ratio, cat_max_ratio, crop):
    resize = dict(scale=(128, 64), ratio_range=(0.5, 2.0), keep_ratio=keep_ratio)
    theirs = upstream(seed, (crop // 2, crop), cat_max_ratio, **resize)
    state = np.random.get_state()[2]
    ours = fused(seed, crop_size=(crop // 2, crop), cat_max_ratio=cat_max_ratio, **resize)
    assert np.random.get_state()[2] == state  # as many draws
    assert np.array_equal(ours["gt_seg_map"], theirs["gt_seg_map"])
    difference = np.abs(ours["img"].astype(int) - theirs["img"])
    assert difference.max() <= 3 and difference.mean() < 0.8
    assert ours["scale_factor"] == pytest.approx(theirs["scale_factor"])
    assert all(ours[k] == theirs[k] for k in ("img_shape", "scale", "keep_ratio"))


def test_a_range_of_scales():
    options = dict(scale=[(60, 40), (200, 120)], keep_ratio=True)
    for seed in range(20):
        ours, theirs = fused(seed, crop_size=(32, 48), **options), upstream(seed, (32, 48), **options)
        assert np.array_equal(ours["gt_seg_map"], theirs["gt_seg_map"])


def test_distributions_agree_with_seeds_of_their_own():
    """Mean place and scale of 1500 crops each, within four standard errors."""
    columns = np.tile(np.arange(128, dtype=np.uint8), (64, 1))

    def places(make, first):
        found = []
        for seed in range(first, first + 1500):
            np.random.seed(seed)
            out = make(dict(img=IMAGE, gt_seg_map=columns, seg_fields=["gt_seg_map"]))
            found.append([out["gt_seg_map"].mean(), out["scale_factor"][0]])
        return np.array(found)

    resize = dict(scale=(128, 64), ratio_range=(0.5, 2.0), keep_ratio=True)
    chain = (RandomResize(**resize), RandomCrop((32, 48), 0.75))
    theirs = places(lambda r: chain[1](chain[0](r)), 0)
    ours = places(FusedResizeCrop(crop_size=(32, 48), cat_max_ratio=0.75, **resize), 50_000)
    error = np.sqrt((ours.var(axis=0) + theirs.var(axis=0)) / 1500)
    assert (np.abs(ours.mean(axis=0) - theirs.mean(axis=0)) < 4 * error).all()
    assert ours.std(axis=0) == pytest.approx(theirs.std(axis=0), rel=0.1)


@pytest.mark.parametrize("channels", [None, 1, 2, 3, 4, 5, 9])
@pytest.mark.parametrize("dtype", ["uint8", "float32"])
def test_any_number_of_channels(channels, dtype):
    shape = (50, 70) if channels is None else (50, 70, channels)
    image = cv2.GaussianBlur(RNG.integers(0, 256, (50, 70), np.uint8), (0, 0), 2)
    image = np.broadcast_to(image.reshape(50, 70, *[1] * (len(shape) - 2)), shape).astype(dtype).copy()
    plan = CropPlan((50, 70), (75, 91), (10, 20), (40, 60))
    whole = cv2.resize(image, (91, 75)).reshape(75, 91, *shape[2:])
    out = crop_pixels(image, plan)
    assert out.dtype == image.dtype and out.shape == (40, 60, *shape[2:])
    assert np.abs(out.astype(float) - whole[10:50, 20:80]).max() <= 1


@pytest.mark.parametrize("resized", [3001, 3995])
def test_only_the_pixels_needed_are_read(resized):
    class Counting(np.ndarray):
        def __getitem__(self, key):
            part = super().__getitem__(key)
            Counting.read = part.size
            return part.view(np.ndarray)

    plan = CropPlan((4000, 4000), (resized, resized), (1500, 1600), (256, 256))
    image = np.zeros((4000, 4000, 3), np.uint8).view(Counting)
    assert crop_pixels(image, plan).shape == (256, 256, 3)
    assert Counting.read <= (256 + 70) ** 2 * 3 * (4 / 3) ** 2


@settings(max_examples=150)
@given(st.data())
def test_crops_lie_where_resizing_the_whole_puts_them(data):
    """On a ramp the value is the place: it is off by less than 1/50 source pixel, at any scale and border."""
    side = data.draw(st.integers(20, 300))
    resized = data.draw(st.integers(6, 1200))
    size = data.draw(st.integers(1, resized))
    corner = data.draw(st.integers(0, resized - size))
    ramp = np.tile(np.arange(side, dtype=np.float32), (4, 1))
    plan = CropPlan((4, side), (4, resized), (0, corner), (4, size))
    whole = cv2.resize(ramp, (resized, 4))[:, corner : corner + size]
    assert np.abs(crop_pixels(ramp, plan) - whole).max() < 1 / 50


def test_the_result_is_a_copy():
    plan = CropPlan((64, 128), (64, 128), (3, 4), (20, 30))
    out = crop_pixels(IMAGE, plan)
    assert np.array_equal(out, IMAGE[3:23, 4:34]) and not np.shares_memory(out, IMAGE)
    assert np.array_equal(crop_labels(LABELS, plan), LABELS[3:23, 4:34])


def test_class_counts():
    assert crop_classes(np.array([[0, 0, 2, 255]], np.uint8), 255).tolist() == [2, 1]
    assert crop_classes(np.array([[0, 0, 2, 300]], np.int64), 300).tolist() == [2, 1]


def test_all_maps_move_together():
    results = sample() | dict(gt_depth=LABELS.astype(np.int32), seg_fields=["gt_seg_map", "gt_depth"])
    np.random.seed(0)
    out = FusedResizeCrop((128, 64), (20, 30), (0.5, 2.0), keep_ratio=True)(results)
    assert np.array_equal(out["gt_depth"], out["gt_seg_map"])
