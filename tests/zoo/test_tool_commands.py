from seg_plugins.zoo.suite import load_suite
from seg_plugins.zoo.tool_commands import options_of, test_command
from tests.zoo.base import write_suite

test_command.__test__ = False


def test_options_are_words_of_cfg_options(layout):
    write_suite(layout.root, "toy", {"options": {"train_cfg.max_iters": 5, "crop": [8, 8]}})
    row = load_suite(layout, "toy").rows[2]
    words = options_of(row, {"load_from": "a.pth"})
    assert words[1:] == ["randomness.seed=1", "train_cfg.max_iters=5", "crop=[8, 8]", "load_from=a.pth"]
