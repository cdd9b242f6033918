import cv2
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy import ndimage

from seg_plugins.ops.boundaries import boundary_areas, boundary_counts, boundary_f1, boundary_map, near

LABELS = hnp.arrays(np.int64, (9, 12), elements=st.integers(0, 3))
MASKS = hnp.arrays(np.bool_, (9, 12))


def blobs(seed, classes=4, size=(60, 80)):
    noise = ndimage.gaussian_filter(np.random.default_rng(seed).normal(size=(classes, *size)), (0, 6, 6))
    return noise.argmax(axis=0)


def brute_f1(pred, true, valid, classes, tolerance):
    """Pairwise distances between boundary pixels, straight from the definition."""
    scores = []
    for k in range(classes):
        points = []
        for m in (pred, true):
            edge = [
                (y, x)
                for y in range(m.shape[0])
                for x in range(m.shape[1])
                if valid[y, x]
                and m[y, x] == k
                and any(
                    0 <= v < m.shape[0] and 0 <= u < m.shape[1] and valid[v, u] and m[v, u] != k
                    for v, u in ((y, x + 1), (y, x - 1), (y + 1, x), (y - 1, x))
                )
            ]
            points.append(np.array(edge, float).reshape(-1, 2))
        here = [bool((m[valid] == k).any()) for m in (pred, true)]
        if not any(here):
            scores.append(np.nan)
        elif not len(points[0]) and not len(points[1]):
            scores.append(float(all(here)))
        elif not len(points[0]) or not len(points[1]):
            scores.append(0.0)
        else:
            distance = np.sqrt(((points[0][:, None] - points[1][None]) ** 2).sum(-1))
            p, r = (distance.min(1) <= tolerance).mean(), (distance.min(0) <= tolerance).mean()
            scores.append(2 * p * r / (p + r) if p + r else 0.0)
    return np.array(scores)


@settings(max_examples=80)
@given(LABELS, LABELS, MASKS, st.sampled_from([0.5, 1, 1.5, 2, 3.1]))
def test_f1_equals_brute_force(pred, true, valid, tolerance):
    ours = boundary_f1(boundary_counts(pred, true, valid, 4, tolerance))
    np.testing.assert_allclose(ours, brute_f1(pred, true, valid, 4, tolerance))


@pytest.mark.parametrize("seed", range(3))
def test_f1_of_smooth_regions_equals_brute_force(seed):
    pred, true, valid = blobs(seed), blobs(seed + 50), blobs(seed + 99) > 0
    ours = boundary_f1(boundary_counts(pred, true, valid, 4, 3.0))
    np.testing.assert_allclose(ours, brute_f1(pred, true, valid, 4, 3.0))


@settings(max_examples=60)
@given(MASKS, st.sampled_from([1, np.sqrt(2), 2, np.sqrt(5), 3, 4.2]))
def test_near_equals_scipy(mask, distance):
    expected = ndimage.distance_transform_edt(~mask) <= distance if mask.any() else np.zeros_like(mask)
    np.testing.assert_array_equal(near(mask, distance), expected)


@settings(max_examples=40)
@given(LABELS, LABELS, LABELS, MASKS, st.permutations(range(4)))
def test_unlabelled_pixels_never_matter_and_classes_permute(pred, other, true, valid, order):
    order = np.array(order)
    one = boundary_f1(boundary_counts(pred, true, valid, 4, 1.5))
    two = boundary_f1(boundary_counts(np.where(valid, pred, other), true, valid, 4, 1.5))
    np.testing.assert_array_equal(one, two)
    permuted = boundary_f1(boundary_counts(order[pred], order[true], valid, 4, 1.5))
    np.testing.assert_allclose(permuted[order], one)
    areas = boundary_areas(pred, true, valid, 4, 2)
    np.testing.assert_array_equal(boundary_areas(np.where(valid, pred, other), true, valid, 4, 2), areas)
    np.testing.assert_array_equal(boundary_areas(order[pred], order[true], valid, 4, 2)[:, order], areas)


def test_a_shift_by_three_pixels_by_hand():
    """Halves split at column 10 and 13: within 3 pixels everything matches, within 2 nothing does."""
    true, pred = np.zeros((20, 40), int), np.zeros((20, 40), int)
    true[:, 10:], pred[:, 13:] = 1, 1
    valid = np.ones(true.shape, bool)
    counts = boundary_counts(pred, true, valid, 2, 3.0)
    assert counts.pred.tolist() == counts.true_hit.tolist() == [20, 20]
    np.testing.assert_array_equal(boundary_f1(counts), [1, 1])
    np.testing.assert_array_equal(boundary_f1(boundary_counts(pred, true, valid, 2, 2.9)), [0, 0])


def test_the_edge_of_the_image_is_no_boundary():
    assert not boundary_map(np.zeros((5, 6), int), np.ones((5, 6), bool)).any()


def authors_band(mask, width):
    """Form of the published code: pad with zeros, erode by a 3x3 square `width` times, subtract."""
    padded = cv2.copyMakeBorder(mask.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    eroded = cv2.erode(padded, np.ones((3, 3), np.uint8), iterations=width)
    return mask & ~eroded[1:-1, 1:-1].astype(bool)


@pytest.mark.parametrize("width", [1, 2, 5, 40])
@pytest.mark.parametrize("first", [0, 254])
def test_boundary_areas_equal_repeated_erosion_per_class(width, first):
    pred, true = blobs(1) + first, blobs(2) + first
    areas = boundary_areas(pred, true, np.ones(true.shape, bool), first + 4, width)
    for k in range(first, first + 4):
        a, b = authors_band(pred == k, width), authors_band(true == k, width)
        assert areas[:, k].tolist() == [(a & b).sum(), a.sum(), b.sum()]
