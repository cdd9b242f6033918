import pytest

from seg_plugins.zoo.runs import tool_commands
from seg_plugins.zoo.runs.local_launcher import LocalLauncher
from seg_plugins.zoo.runs.run_dir import RunDir
from seg_plugins.zoo.suites.suite import load_suite
from tests.zoo.base import write_suite


def test_options_are_words_of_cfg_options(layout):
    write_suite(layout.root, "toy", {"options": {"train_cfg.max_iters": 5, "crop": [8, 8]}})
    row = load_suite(layout, "toy").rows[2]
    words = tool_commands.options_of(row, {"load_from": "a.pth"})
    assert words[1:] == ["randomness.seed=1", "train_cfg.max_iters=5", "crop=[8, 8]", "load_from=a.pth"]


def test_training_goes_on_and_a_test_needs_a_checkpoint(layout):
    suite = load_suite(layout, "toy")
    row = suite.rows[0]
    run = RunDir.of(layout, suite, row)
    words = tool_commands.train_command(layout, row, run)
    assert words[:2] == ["tools/train.py", str(layout.configs / row.model.config)] and "--resume" in words
    with pytest.raises(ValueError, match="the training left no checkpoint in"):
        tool_commands.test_command(layout, row, run)


def test_a_row_with_tta_is_tested_with_it_and_trained_without(layout):
    config = "net/net_a_1xb4-1k_toy-8x8.py"
    models = [
        config,
        {
            "config": config,
            "variant": "tta",
            "needs": {"row": "net_a_1xb4-1k_toy-8x8", "as": "test"},
            "tta": True,
        },
    ]
    write_suite(layout.root, "toy", {"models": models, "seeds": [1]})
    suite = load_suite(layout, "toy")
    plain, averaged = suite.rows
    LocalLauncher(suite, layout, 1, 1, on_done=lambda row: None).run([plain])
    commands = [tool_commands.test_command(layout, row, RunDir.of(layout, suite, row)) for row in suite.rows]
    assert ["--tta" in command for command in commands] == [False, True]
    assert "--tta" not in tool_commands.train_command(layout, averaged, RunDir.of(layout, suite, averaged))
