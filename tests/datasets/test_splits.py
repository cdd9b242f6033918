import numpy as np
import pytest

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
    with pytest.raises(ValueError, match=r"pattern '\(' is no regular expression"):
        group_names(["a"], "(")
