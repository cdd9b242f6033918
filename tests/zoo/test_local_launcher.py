import os
import signal

import pytest

from seg_plugins.zoo.collect import collect_row
from seg_plugins.zoo.local_launcher import LocalLauncher, option_words
from seg_plugins.zoo.record import read_records
from seg_plugins.zoo.run_dir import RunDir
from seg_plugins.zoo.suite import load_suite
from tests.zoo.base import add_config, write_suite


def launcher_of(layout, suite, jobs=4, **more):
    return LocalLauncher(suite, layout, jobs, 1, on_done=lambda row: collect_row(layout, suite, row), **more)


def test_a_failing_run_does_not_stop_the_others_and_says_why(layout):
    add_config(layout.root, "net/net_broken_1xb4-1k_toy-8x8.py")
    models = ["net/net_broken_*.py", "net/net_a_*.py"]
    write_suite(layout.root, "toy", {"models": models, "seeds": [0, 1]})
    suite = load_suite(layout, "toy")
    said = []
    launcher = launcher_of(layout, suite, on_change=lambda row, phase, message: said.append((phase, message)))
    ended = launcher.run(suite.rows)
    assert sorted(ended.values()) == ["done", "done", "failed", "failed"]
    assert len(read_records(layout.results("toy"))) == 2
    messages = [message for phase, message in said if phase == "failed"]
    assert all("code 1" in m and "first cause\nloss is not finite" in m for m in messages)
    assert [phase for phase, _ in said].count("test") == 2


def test_training_that_is_done_is_not_repeated(layout):
    suite = load_suite(layout, "toy")
    row = suite.rows[0]
    (layout.root / "tools/test.py").rename(layout.root / "tools/kept.py")
    (layout.root / "tools/test.py").write_text("import sys; sys.exit('no memory')")
    assert launcher_of(layout, suite).run([row]) == {row.slot: "failed"}
    (layout.root / "tools/kept.py").replace(layout.root / "tools/test.py")
    (layout.root / "tools/train.py").write_text("import sys; sys.exit('trained twice')")
    assert launcher_of(layout, suite).run([row]) == {row.slot: "done"}


def test_a_directory_of_other_code_is_refused_or_put_aside(layout):
    suite = load_suite(layout, "toy")
    row = suite.rows[0]
    run = RunDir.of(layout, suite, row)
    run.path.mkdir(parents=True)
    (run.path / "run.json").write_text('{"config_hash": "other", "sections": {}}')
    launcher = launcher_of(layout, suite)
    assert launcher.run([row]) == {row.slot: "failed"}
    assert launcher_of(layout, suite, restart=True).run([row]) == {row.slot: "done"}
    assert (run.path.with_name(f"{row.slot}.old1") / "run.json").exists()


def test_terminate_ends_the_runs_and_the_same_command_goes_on(layout):
    add_config(layout.root, "net/net_slow_1xb4-1k_toy-8x8.py")
    write_suite(layout.root, "toy", {"models": ["net/net_slow_*.py"]})
    suite = load_suite(layout, "toy")
    launcher = launcher_of(layout, suite, jobs=2)
    jobs = []

    def terminate():
        """As soon as both runs train."""
        if len(list(layout.root.rglob("vis_data"))) == 2:
            jobs.extend(launcher.running)
            os.kill(os.getpid(), signal.SIGTERM)

    with pytest.raises(KeyboardInterrupt):
        launcher.run(suite.rows, tick=terminate)
    assert [job.process.returncode for job in jobs] == [-signal.SIGTERM] * 2
    assert set(launcher.finished.values()) == {"interrupted"} and len(launcher.finished) == 2
    tools = layout.root / "tools/train.py"
    tools.write_text(tools.read_text().replace("sleep(600)", "sleep(0)"))
    assert set(launcher_of(layout, suite, jobs=2).run(suite.rows).values()) == {"done"}


def test_options_are_words_of_cfg_options(layout):
    write_suite(layout.root, "toy", {"options": {"train_cfg.max_iters": 5, "crop": [8, 8]}})
    words = option_words(load_suite(layout, "toy").rows[2])
    assert words == ["randomness.seed=1", "train_cfg.max_iters=5", "crop=[8,8]"]
