import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from sklearn.metrics import confusion_matrix as sklearn_confusion

from seg_plugins.ops.confusion import class_areas, confusion_matrix, present_mean, scores_from_areas

MAPS = hnp.arrays(np.int64, 60, elements=st.integers(0, 4))


def random_maps(classes, size=(37, 53), ignored=0.1, seed=0):
    rng = np.random.default_rng(seed)
    pred, true = rng.integers(0, classes, (2, *size))
    true[rng.random(size) < ignored] = 255
    return pred, true


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.float32])
@pytest.mark.parametrize("classes", [2, 19, 150])
def test_counts_as_sklearn_does(dtype, classes):
    pred, true = random_maps(classes)
    kept = true != 255
    expected = sklearn_confusion(true[kept], pred[kept], labels=range(classes))
    counts = confusion_matrix(torch.from_numpy(pred.astype(dtype)), true.astype(dtype), classes)
    assert counts.matrix.dtype == np.int64
    assert counts.outside == {}
    np.testing.assert_array_equal(counts.matrix, expected)


@pytest.mark.parametrize("classes, ignore", [(300, 65535), (5, -1), (5, None)])
def test_ids_beyond_a_byte_take_the_general_path(classes, ignore):
    pred, true = random_maps(classes, ignored=0)
    if ignore is not None:
        true[0] = ignore
    kept = true != ignore
    expected = sklearn_confusion(true[kept], pred[kept], labels=range(classes))
    np.testing.assert_array_equal(confusion_matrix(pred, true, classes, ignore).matrix, expected)


@pytest.mark.parametrize("far", [7, 200, 256, -1, 65535])
def test_ground_truth_outside_the_classes_is_returned_with_its_pixels(far):
    pred, true = random_maps(5)
    true[3, :4] = far
    counts = confusion_matrix(pred, true, 5)
    assert counts.outside == {far: 4}
    assert counts.matrix.sum() == ((true != 255) & (true != far)).sum()


@pytest.mark.parametrize("far", [5, 255, 256, -1])
def test_a_prediction_outside_the_classes_is_refused_only_where_it_counts(far):
    pred, true = random_maps(5)
    true[0, 0], pred[0, 0] = 255, far
    confusion_matrix(pred, true, 5)
    true[0, 0] = 1
    with pytest.raises(ValueError, match=rf"\[{far}\] are outside 0..4"):
        confusion_matrix(pred, true, 5)


def test_different_sizes_are_refused():
    with pytest.raises(ValueError, match="12 pixels, the ground truth 9"):
        confusion_matrix(np.zeros((3, 4)), np.zeros((3, 3)), 2)


def test_counts_beyond_what_float32_holds():
    """2^24 + 5 pixels of one pair: a float32 counter stops at 2^24."""
    zeros = np.zeros((1 << 24) + 5, np.uint8)
    assert confusion_matrix(zeros, zeros, 2).matrix[0, 0] == (1 << 24) + 5


@settings(max_examples=50)
@given(MAPS, MAPS, st.permutations(range(5)))
def test_permuting_the_classes_permutes_the_matrix(pred, true, order):
    order = np.array(order)
    matrix = confusion_matrix(pred, true, 5).matrix
    permuted = confusion_matrix(order[pred], order[true], 5).matrix
    np.testing.assert_array_equal(permuted[np.ix_(order, order)], matrix)


@settings(max_examples=50)
@given(MAPS, MAPS, st.integers(0, 60), st.randoms(use_true_random=False))
def test_order_and_split_of_the_pixels_do_not_matter(pred, true, cut, random):
    order = list(range(60))
    random.shuffle(order)
    whole = confusion_matrix(pred, true, 5).matrix
    parts = [order[:cut], order[cut:]]
    total = sum(confusion_matrix(pred[p], true[p], 5).matrix for p in parts)
    np.testing.assert_array_equal(total, whole)


@settings(max_examples=50)
@given(MAPS, MAPS, MAPS, hnp.arrays(np.bool_, 60))
def test_predictions_at_ignored_pixels_never_matter(pred, other, true, ignored):
    true = np.where(ignored, 255, true)
    a = confusion_matrix(pred, true, 5).matrix
    b = confusion_matrix(np.where(ignored, other, pred), true, 5).matrix
    np.testing.assert_array_equal(a, b)


def test_scores_by_hand():
    """Truth 0 0 0 1 1 2, prediction 0 0 1 1 3 3; class 4 occurs nowhere."""
    matrix = confusion_matrix(np.array([0, 0, 1, 1, 3, 3]), np.array([0, 0, 0, 1, 1, 2]), 5).matrix
    scores = scores_from_areas(class_areas(matrix), beta=2)
    nan = np.nan
    np.testing.assert_allclose(scores["IoU"], [2 / 3, 1 / 3, 0, 0, nan])
    np.testing.assert_allclose(scores["Dice"], [4 / 5, 1 / 2, 0, 0, nan])
    np.testing.assert_allclose(scores["Acc"], [2 / 3, 1 / 2, 0, nan, nan])
    np.testing.assert_allclose(scores["Precision"], [1, 1 / 2, nan, 0, nan])
    np.testing.assert_allclose(scores["Fscore"], [10 / 14, 1 / 2, 0, 0, nan])
    np.testing.assert_allclose(present_mean(scores["IoU"]), 0.25)
    assert np.isnan(present_mean(np.array([nan, nan])))
