import numpy as np
import pytest
from scipy.stats import wilcoxon

from seg_plugins.report.paired_comparison import compare_records
from seg_plugins.report.run_record import mean_iou
from tests.report.base import record


def test_a_clearly_better_run():
    a, b = record("a", 0.5), record("b", 0.6, seed=1)
    result = compare_records(a, b)
    assert not result.is_noise
    assert result.difference == pytest.approx(mean_iou(b.areas.sum(0)) - mean_iou(a.areas.sum(0)))
    assert result.interval[0] < result.difference < result.interval[1]
    difference = mean_iou(b.areas) - mean_iou(a.areas)
    assert result.better == (difference > 0).sum()
    assert result.better + result.worse == 40
    assert result.p_value == pytest.approx(wilcoxon(difference).pvalue)
    assert "b is better than a by" in result.verdict("a", "b")
    assert "a is worse" not in result.verdict("a", "b")


def test_exchanging_the_runs_changes_the_sign_only():
    a, b = record("a", 0.5), record("b", 0.6, seed=1)
    one, two = compare_records(a, b), compare_records(b, a)
    assert one.difference == -two.difference
    assert one.interval == pytest.approx((-two.interval[1], -two.interval[0]))
    assert (one.better, one.worse) == (two.worse, two.better)
    assert "b is better than a by" in two.verdict("b", "a")


def test_equal_runs_are_noise():
    result = compare_records(record("a"), record("b"))
    assert result.is_noise
    assert (result.better, result.worse, result.p_value) == (0, 0, 1.0)
    assert "No clear winner" in result.verdict()


def test_runs_of_equal_quality_are_rarely_told_apart():
    """A 95 % interval is wrong in one case of twenty: here at most 4 of 30."""
    wrong = sum(
        not compare_records(record("a", seed=i), record("b", seed=i + 99), 400).is_noise for i in range(30)
    )
    assert wrong <= 4


def test_images_are_matched_by_name():
    a, b = record("a", images=10), record("b", images=6)
    b.images = b.images[::-1]
    b.areas = b.areas[::-1]
    result = compare_records(a, b)
    assert result.images == a.images[:6]
    assert result.difference == 0


def test_what_cannot_be_compared_is_named():
    a, b = record("a"), record("b")
    b.images = [f"other/{n}" for n in b.images]
    with pytest.raises(ValueError, match="no image in common"):
        compare_records(a, b)
    b.classes = ["x"] * 4
    with pytest.raises(ValueError, match="different classes"):
        compare_records(a, b)


def test_images_without_a_label_are_left_out():
    a, b = record("a"), record("b")
    a.areas[3] = b.areas[3] = 0
    assert len(compare_records(a, b).images) == 39
    assert np.isfinite(compare_records(a, b).p_value)
