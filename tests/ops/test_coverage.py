import numpy as np
import pytest

from seg_plugins.ops.confidence import calibration_bins
from seg_plugins.ops.coverage import coverage_curve, coverage_scores

SHARES = (100, 90, 80, 50, 10)


def pixels(count=20000):
    rng = np.random.default_rng(0)
    confidence = 1 - 0.7 * rng.random(count) ** 3
    return confidence, rng.random(count) < confidence


def sorted_scores(confidence, right, then=None):
    """Without bins; `then` orders pixels of one confidence."""
    order = np.lexsort((right * 0 if then is None else then, -confidence))
    accuracy = np.cumsum(right[order]) / np.arange(1, len(order) + 1)
    return {s: accuracy[round(s / 100 * len(order)) - 1] for s in SHARES}, float((1 - accuracy).mean())


@pytest.mark.parametrize("bins", [10, 50, 1000])
def test_bins_move_the_scores_by_no_more_than_their_bound(bins):
    confidence, right = pixels()
    table = calibration_bins(confidence, right, bins)
    got = coverage_scores(table, SHARES)
    accuracy, area = sorted_scores(confidence, right)
    ends = np.append(0, np.cumsum(table[0][::-1])) / len(right)
    for share, want in accuracy.items():
        number = min(np.searchsorted(ends, share / 100), bins) - 1
        width = ends[number + 1] - ends[number]
        assert abs(got[f"acc@{share}"] - want) <= width / (4 * share / 100) + 1 / len(right), share
    coarse = np.floor(confidence * bins)
    best, worst = (sorted_scores(coarse, right, then=sign * right.astype(int))[1] for sign in (-1, 1))
    assert best <= area <= worst and best <= got["AURC"] <= worst
    if bins == 1000:
        assert got["AURC"] == pytest.approx(area, abs=2e-4)


def test_tied_pixels_count_as_in_random_order():
    rng = np.random.default_rng(0)
    confidence, right = pixels(3000)
    tied = np.round(confidence, 1)
    got = coverage_scores(calibration_bins(tied, right, 20), SHARES)
    draws = [sorted_scores(tied, right, then=rng.random(len(right))) for _ in range(200)]
    for share in SHARES:
        assert got[f"acc@{share}"] == pytest.approx(np.mean([d[0][share] for d in draws]), abs=3e-3)
    assert got["AURC"] == pytest.approx(np.mean([d[1] for d in draws]), abs=3e-3)


def test_known_areas():
    assert coverage_scores(np.array([[8.0], [0], [6.0]]), (50,)) == {"acc@50": 0.75, "AURC": 0.25}
    assert coverage_scores(np.zeros((3, 5))) == {}


def test_empty_bins_have_no_accuracy():
    coverage, accuracy = coverage_curve(np.array([[2.0, 2.0, 0.0], [0, 0, 0], [1.0, 2.0, 0.0]]))
    assert coverage.tolist() == [1, 0.5, 0] and accuracy[:2].tolist() == [0.75, 1] and np.isnan(accuracy[2])
