"""Rows that test the weights of another suite's run."""

import json
import shlex

import pytest

from seg_plugins.commands.benchmark_steps import tables
from seg_plugins.zoo.runs.collect import collect_row
from seg_plugins.zoo.runs.local_launcher import LocalLauncher
from seg_plugins.zoo.runs.plan import Throughput, estimate
from seg_plugins.zoo.runs.provenance import sha256
from seg_plugins.zoo.runs.run_dir import RunDir
from seg_plugins.zoo.runs.running import to_do
from seg_plugins.zoo.runs.status import suite_status
from seg_plugins.zoo.suites.config_hash import config_hash, current_hashes, resolved_config
from seg_plugins.zoo.suites.record import read_records
from seg_plugins.zoo.suites.suite import load_suite
from seg_plugins.zoo.suites.weights import recorded_needs, same_needs
from seg_plugins.zoo.tables.verify import verify_all
from tests.zoo.base import write_suite

A = "net/net_a_1xb4-1k_toy-8x8.py"
STEM = "net_a_1xb4-1k_toy-8x8"
STEPS = [{"type": "Step", "size": 3}]
PLAIN = {"config": A, "variant": "none", "name": "none"}
STEP = {"config": A, "variant": "step", "name": "a step", "options": {"model.postprocess": STEPS}}
FIT = {"config": A, "variant": "fit", "fit": True}


def write_step_suite(layout, *models):
    write_suite(layout.root, "steps", {"weights": "toy", "seeds": [0], "models": list(models)})
    return load_suite(layout, "steps")


def run(layout, name, rows=None, restart=False):
    suite = load_suite(layout, name)
    launcher = LocalLauncher(suite, layout, 1, 1, lambda row: collect_row(layout, suite, row), restart)
    said = []
    launcher.on_change = lambda row, phase, message: said.append((phase, message))
    return launcher.run(suite.rows if rows is None else rows), said


@pytest.fixture
def trained(layout):
    """The suite `toy` with the first model's first seed trained."""
    write_suite(layout.root, "toy", {"models": [A], "seeds": [0]})
    assert run(layout, "toy")[0] == {f"{STEM}.seed0": "done"}
    return layout


def test_variants_share_a_config_and_have_names_of_their_own(layout):
    suite = write_step_suite(layout, PLAIN, STEP, FIT)
    assert [row.slot for row in suite.rows] == [f"{STEM}.{name}.seed0" for name in ("none", "step", "fit")]
    assert [model.name for model in suite.models] == ["none", "a step", "net_a fit"]
    assert [model.trains for model in suite.models] == [False, False, True]
    hashes = {current_hashes(layout)(row) for row in suite.rows[:2]}
    with_step = resolved_config(layout.configs / A, {"model.postprocess": STEPS}, 0)
    assert len(hashes) == 2 and config_hash(with_step) in hashes
    guess = Throughput(1.0, "")
    plans = [estimate(layout, model, 1, {"flops": 1e9}, guess, 1) for model in suite.models]
    assert [plan.iterations for plan in plans] == [0, 0, 100] and plans[0].hours is None


def test_weights_are_of_a_run_that_trains_and_is_listed(layout):
    write_step_suite(layout, STEP)
    write_suite(layout.root, "others", {"weights": "steps", "models": [STEP], "seeds": [0]})
    with pytest.raises(ValueError, match=r"suite steps has no such row. Did you mean .*\.step"):
        load_suite(layout, "others")
    write_suite(layout.root, "steps", {"weights": "toy", "seeds": [0], "models": [A]})
    with pytest.raises(ValueError, match="trains nothing: name the row that trains the weights"):
        load_suite(layout, "others")
    write_suite(layout.root, "toy", {"weights": "others", "models": [A], "seeds": [0]})
    with pytest.raises(ValueError, match="suites need each other: others -> steps -> toy -> others"):
        load_suite(layout, "others")


def test_a_row_tests_the_other_runs_checkpoint_and_its_record_says_so(trained, console):
    write_step_suite(trained, PLAIN, STEP)
    (trained.root / "tools/train.py").write_text("raise SystemExit('trained')")
    ended, said = run(trained, "steps")
    assert set(ended.values()) == {"done"} and {phase for phase, _ in said} == {"test", "done"}
    record = read_records(trained.results("steps"))[f"{STEM}.step.seed0"]
    digest = sha256(trained.work / f"toy/{STEM}.seed0/iter_100.pth")
    assert record["needs"] == [{"suite": "toy", "slot": f"{STEM}.seed0", "as": "test", "sha256": digest}]
    assert record["checkpoint_sha256"] == digest and record["variant"] == "step"
    assert record["batch"] is None and record["iterations"] is None and record["metrics"]["mIoU"] == 50.0
    row = load_suite(trained, "steps").rows[1]
    words = shlex.split(RunDir.of(trained, load_suite(trained, "steps"), row).log.read_text())
    assert "model.postprocess=[{'type': 'Step', 'size': 3}]" in words
    assert to_do(trained, load_suite(trained, "steps")) == []
    (trained.root / "README.md").write_text("<!-- table:steps -->\n<!-- /table -->\n")
    tables(trained, [], trained.root / "out", console)
    assert "| [a step](configs/net/" in (trained.root / "README.md").read_text()
    assert verify_all(trained) == []


def test_without_the_other_run_a_row_says_how_to_get_it(layout):
    write_suite(layout.root, "toy", {"models": [A], "seeds": [0]})
    write_step_suite(layout, STEP)
    ended, said = run(layout, "steps")
    assert set(ended.values()) == {"failed"}
    assert f"python tools/benchmark.py run toy {STEM}.seed0" in said[-1][1]
    assert not (layout.work / "toy").exists()


def test_a_fit_starts_from_the_weights_and_tests_its_own_checkpoint(trained):
    write_step_suite(trained, FIT)
    assert set(run(trained, "steps")[0].values()) == {"done"}
    run_dir = trained.work / f"steps/{STEM}.fit.seed0"
    (command,) = [line for line in (run_dir / "run.log").read_text().splitlines() if "tools/train.py" in line]
    assert f"load_from={trained.work}/toy/{STEM}.seed0/iter_100.pth" in command and "--resume" not in command
    record = read_records(trained.results("steps"))[f"{STEM}.fit.seed0"]
    assert record["checkpoint_sha256"] == sha256(run_dir / "iter_100.pth")
    assert record["needs"][0]["sha256"] == sha256(trained.work / f"toy/{STEM}.seed0/iter_100.pth")


def test_new_weights_make_the_row_stale_until_it_runs_again(trained):
    suite = write_step_suite(trained, STEP)
    run(trained, "steps")
    (trained.root / "README.md").write_text("<!-- table:steps -->\n<!-- /table -->\n")
    (trained.work / f"toy/{STEM}.seed0/iter_100.pth").write_bytes(b"trained again")
    with pytest.raises(ValueError, match="have changed since it began"):
        collect_row(trained, suite, suite.rows[0])
    toy = load_suite(trained, "toy")
    collect_row(trained, toy, toy.rows[0], replace=True)
    (status,) = suite_status(trained, suite, read_records(trained.results("steps")))
    assert status.phase == "stale" and f"weights of {STEM}.seed0 in suite toy have changed" in status.message
    assert any("have changed since: run it again" in problem for problem in verify_all(trained))
    assert to_do(trained, suite) == suite.rows
    ended, said = run(trained, "steps")
    assert set(ended.values()) == {"failed"} and "--restart" in said[-1][1]
    assert set(run(trained, "steps", restart=True)[0].values()) == {"done"}
    assert suite_status(trained, suite, read_records(trained.results("steps")))[0].phase == "done"


def test_a_run_of_the_config_before_a_change_gives_no_weights(trained):
    write_step_suite(trained, STEP)
    path = trained.work / f"toy/{STEM}.seed0/run.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), "config_hash": "0"}))
    assert "another version of its config" in run(trained, "steps")[1][-1][1]


def test_an_older_record_names_one_run_and_no_key():
    old = {"suite": "toy", "slot": f"{STEM}.seed0", "sha256": "0" * 64}
    assert recorded_needs({"weights": old}) == [old] and recorded_needs({"weights": None}) == []
    assert same_needs([old], [{**old, "as": "test"}]) and not same_needs([old], [])
    assert not same_needs([old], [{**old, "as": "test", "sha256": "1" * 64}])
