import time

import numpy as np
import pytest

from seg_plugins.datasets import splits
from seg_plugins.datasets.splits import assign_shares, group_names, write_folds, write_lists

RNG = np.random.default_rng(0)
RARE = np.column_stack([RNG.integers(900, 1000, 200), np.where(np.arange(200) < 10, 50, 0)])


@pytest.mark.parametrize("shares", [[0.8, 0.2], [0.2] * 5, [0.7, 0.2, 0.1]])
def test_parts_have_their_size(shares):
    part = assign_shares(np.ones((100, 1)), shares)
    assert np.allclose(np.bincount(part) / 100, shares, atol=0.011)


def test_stratified_parts_share_the_rare_class():
    part = assign_shares(RARE, [0.2] * 5)
    assert [(part[:10] == p).sum() for p in range(5)] == [2] * 5
    assert np.abs(np.bincount(part) - 40).max() <= 2


def test_groups_stay_together():
    groups = [f"video{i // 9}" for i in range(200)]
    for pixels in (RARE, np.ones((200, 1))):
        part = assign_shares(pixels, [0.8, 0.2], groups)
        assert all(len(set(part[np.array(groups) == g])) == 1 for g in set(groups))
        assert 0.1 < (part == 1).mean() < 0.3


def test_the_seed_decides():
    one, again, other = (assign_shares(np.ones((50, 1)), [0.5, 0.5], seed=s) for s in (1, 1, 2))
    assert np.array_equal(one, again) and not np.array_equal(one, other)


def test_no_part_stays_empty():
    part = assign_shares(np.ones((5, 1)), [0.96, 0.01, 0.01, 0.01, 0.01])
    assert sorted(part) == [0, 1, 2, 3, 4]
    with pytest.raises(ValueError, match="3 groups cannot be divided into 5 parts"):
        assign_shares(np.ones((3, 1)), [0.2] * 5)


def step_by_step(pixels, shares, seed=0):
    """The rule as it is written: every step looks at all that is left; each image is a group."""
    rng, count = np.random.default_rng(seed), len(pixels)
    totals = np.column_stack([pixels, np.ones(count)])
    totals /= np.maximum(totals.sum(axis=0), 1)
    wanted = np.outer(np.asarray(shares, float) / np.sum(shares), np.ones(totals.shape[1]))
    part, left, empty = np.full(count, -1), set(range(count)), set(range(len(shares)))
    while left:
        rows = np.array(rng.permutation(sorted(left)))
        holders = (totals[rows] > 0).sum(axis=0)
        column = int(np.argmin(np.where(holders > 0, holders, count + 1)))
        row = int(rows[np.argmax(totals[rows, column])])
        open_parts = sorted(empty) if len(empty) == len(left) else range(len(shares))
        part[row] = max(open_parts, key=lambda p: (wanted[p, column], wanted[p, -1]))
        wanted[part[row]] -= totals[row]
        left.remove(row)
        empty.discard(int(part[row]))
    return part


@pytest.mark.parametrize("shares", [[0.8, 0.2], [0.2] * 5, [0.96, 0.01, 0.01, 0.01, 0.01]])
@pytest.mark.parametrize(
    "pixels", [np.ones((60, 1)), RARE[:60], RNG.integers(0, 3, (60, 4))], ids=["all", "rare", "few"]
)
def test_data_sets_are_divided_as_they_always_were(pixels, shares):
    """To the image, equals included: another division would mix training and validation of earlier runs."""
    for seed in range(3):
        assert np.array_equal(assign_shares(pixels, shares, seed=seed), step_by_step(pixels, shares, seed))


def test_many_groups_are_divided_by_the_same_rule(monkeypatch):
    monkeypatch.setattr(splits, "FEW", 0)
    pixels = RNG.permutation(600).reshape(200, 3) * (RNG.random((200, 3)) < [1, 0.5, 0.1])  # no two are equal
    for shares in ([0.8, 0.2], [0.2] * 5):
        assert np.array_equal(assign_shares(pixels, shares), step_by_step(pixels, shares))
    for case in (test_stratified_parts_share_the_rare_class, test_groups_stay_together, test_the_seed_decides,
                 test_no_part_stays_empty):  # fmt: skip
        case()


def test_work_grows_with_the_number_of_groups():
    """Four times the groups are four times the work (quadratic: sixteen), on whatever machine."""

    def seconds(count):
        pixels = np.random.default_rng(0).integers(0, 5, (count, 3))
        start = time.process_time()
        assign_shares(pixels, [0.2] * 5)
        return time.process_time() - start

    seconds(2000)
    assert min(seconds(20_000) for _ in range(2)) < 8 * max(seconds(5000) for _ in range(2))


def test_group_names():
    assert group_names(["a/p1_x", "b/p2_x"], r"p\d") == ["p1", "p2"]
    with pytest.raises(ValueError, match=r"finds nothing in 'q'"):
        group_names(["q"], r"p\d")


def test_lists_and_folds(tmp_path):
    write_lists(tmp_path, {"train": ["b", "a"]})
    assert (tmp_path / "train.txt").read_text() == "a\nb\n"
    write_folds(tmp_path, ["a", "b", "c"], np.array([0, 1, 1]))
    assert (tmp_path / "0/train.txt").read_text().split() == ["b", "c"]
    assert (tmp_path / "1/val.txt").read_text().split() == ["b", "c"]


@pytest.mark.parametrize("stem", ["a\nb", "a\r", "a\udce9"])
def test_names_that_no_list_can_hold_are_named(tmp_path, stem):
    with pytest.raises(ValueError, match=r"file name 'a.*' has a line break or is not UTF-8"):
        write_lists(tmp_path, {"train": ["x", stem]})
    assert not list(tmp_path.iterdir())


def test_a_pattern_that_is_none_is_named():
    with pytest.raises(ValueError, match=r"pattern '\(' is not a regular expression"):
        group_names(["a"], "(")
