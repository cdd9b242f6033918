import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from mmseg.registry import MODELS
from scipy import ndimage
from skimage import morphology as sk

from seg_plugins.postprocess.morphology import OPERATIONS, class_mask, clean_labels
from seg_plugins.postprocess.prediction import BatchPrediction

MASKS = arrays(bool, (17, 23), elements=st.booleans())
DISC = np.array(
    [[0, 0, 1, 0, 0], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [1, 1, 1, 1, 1], [0, 0, 1, 0, 0]], bool
)  # OpenCV's ellipse of 5


@given(MASKS)
@settings(max_examples=30)
def test_open_and_close_equal_scikit_image(mask):
    inside = np.pad(mask, 6)  # away from the border, where conventions differ
    assert np.array_equal(class_mask(inside, "open", 5), sk.opening(inside, DISC))
    assert np.array_equal(class_mask(inside, "close", 5), sk.closing(inside, DISC))


@given(MASKS, st.sampled_from([4, 8]))
@settings(max_examples=30)
def test_components_equal_scipy(mask, connectivity):
    structure = ndimage.generate_binary_structure(2, 1 if connectivity == 4 else 2)
    found, count = ndimage.label(mask, structure)
    areas = ndimage.sum_labels(mask, found, np.arange(count + 1))
    small = class_mask(mask, "remove_small", 4, connectivity)
    assert np.array_equal(small, mask & (areas[found] >= 4))
    largest = class_mask(mask, "largest_component", 1, connectivity)
    assert largest.sum() == (areas.max() if count else 0)
    assert ndimage.label(largest, structure)[1] == min(count, 1)


@given(MASKS, st.sampled_from([4, 8]))
@settings(max_examples=30)
def test_filled_holes_equal_scipy(mask, connectivity):
    other = ndimage.generate_binary_structure(2, 2 if connectivity == 4 else 1)
    want = ndimage.binary_fill_holes(mask, other)
    assert np.array_equal(class_mask(mask, "fill_holes", mask.size, connectivity), want)


def test_a_hole_larger_than_the_size_stays():
    mask = np.ones((9, 9), bool)
    mask[2:4, 2:4] = mask[6, 6] = False
    filled = class_mask(mask, "fill_holes", 3)
    assert filled[6, 6] and not filled[2:4, 2:4].any()


def test_lost_pixels_take_the_nearest_kept_label():
    labels = np.zeros((6, 10), int)
    labels[:, 5:] = 1
    labels[2, 1] = 2  # a speck within 0
    labels[3, 8] = 2  # a speck within 1
    want = np.where(np.arange(10) < 5, 0, 1)[None].repeat(6, 0)
    assert np.array_equal(clean_labels(labels, "remove_small", 2, [2]), want)


def test_only_the_named_classes_change():
    rng = np.random.default_rng(0)
    labels = rng.integers(0, 4, (30, 30))
    out = clean_labels(labels, "remove_small", 6, [1])
    assert np.array_equal(out[labels != 1], labels[labels != 1])
    assert (out[labels == 1] != 1).any()


@pytest.mark.parametrize("operation", OPERATIONS)
def test_clean_maps_stay(operation):
    labels = np.zeros((40, 40), int)
    labels[10:30, 5:35] = 1
    out = clean_labels(labels, operation, 3, [0, 1])
    changed = (out != labels).mean()
    assert changed < 0.01  # the disc rounds corners


def test_an_ignored_id_and_absent_classes_are_left_alone():
    labels = np.full((8, 8), 255)
    for operation in OPERATIONS:
        assert np.array_equal(clean_labels(labels, operation, 3, range(3)), labels)


def test_the_step_cleans_each_image():
    logits = torch.zeros(2, 3, 12, 12)
    logits[:, 1] = 1
    logits[0, 2, 4, 4] = 2
    step = MODELS.build(dict(type="Morphology", operation="remove_small", size=5))
    out = step(BatchPrediction(logits, logits.argmax(1), torch.zeros(2, 3, 12, 12)))
    assert (out.labels == 1).all() and out.labels.dtype == torch.int64
    assert torch.equal(out.logits, logits)


@pytest.mark.parametrize("bad", [dict(operation="erode"), dict(connectivity=6), dict(size=0)])
def test_bad_arguments_are_named(bad):
    with pytest.raises(ValueError, match=next(iter(bad))):
        MODELS.build(dict(type="Morphology", operation="open") | bad)
