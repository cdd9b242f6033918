import numpy as np

from seg_plugins.converters.dividing import SplitRule, divide


def test_divide_writes_folds_and_keeps_groups(tmp_path):
    stems = [f"v{i // 4}_{i}" for i in range(40)]
    rule = SplitRule(folds=5, groups=r"^v\d+", seed=1)
    parts = divide(tmp_path, stems, np.ones((40, 1)), rule)
    assert len(parts["val"]) == 8
    seen = []
    for fold in range(5):
        val = (tmp_path / f"{fold}/val.txt").read_text().split()
        train = (tmp_path / f"{fold}/train.txt").read_text().split()
        assert not {s.split("_")[0] for s in val} & {s.split("_")[0] for s in train}
        seen += val
    assert sorted(seen) == sorted(stems)
