"""What every launcher promises, and rows that need others on the local one (Slurm: tests/cluster)."""

import io
import shlex

import pytest
from rich.console import Console

from seg_plugins.cluster.submit import SlurmLauncher
from seg_plugins.commands.benchmark_steps import show_status, tables
from seg_plugins.zoo.runs.collect import collect_row
from seg_plugins.zoo.runs.launcher import Launcher
from seg_plugins.zoo.runs.local_launcher import LocalLauncher
from seg_plugins.zoo.runs.provenance import sha256
from seg_plugins.zoo.runs.run_dir import RunDir
from seg_plugins.zoo.runs.running import check_needs, rerun, run_local, to_do
from seg_plugins.zoo.runs.status import suite_status
from seg_plugins.zoo.suites.record import read_records
from seg_plugins.zoo.suites.suite import load_suite
from seg_plugins.zoo.tables.verify import verify_all
from tests.zoo.base import add_config, write_suite

A, B = "net/net_a_1xb4-1k_toy-8x8.py", "net/net_b_1xb4-1k_toy-8x8.py"
LINE_A, LINE_B = "net_a_1xb4-1k_toy-8x8", "net_b_1xb4-1k_toy-8x8"
TEACHER = {"config": A, "variant": "teacher"}
MIM = {"config": A, "variant": "mim", "needs": "teacher"}
TUNED = {"config": B, "needs": ["mim", {"row": "teacher", "as": "model.teacher"}]}


def local(layout, suite, jobs=3, **more):
    return LocalLauncher(suite, layout, jobs, 1, lambda row: collect_row(layout, suite, row, True), **more)


def phases(layout, name="toy"):
    suite = load_suite(layout, name)
    statuses = suite_status(layout, suite, read_records(layout.results(name)))
    return {status.row.slot: (status.phase, status.message) for status in statuses}


@pytest.fixture
def chain(layout):
    """A suite of three rows, children first: `B` needs `mim` and `teacher`, `mim` needs `teacher`."""
    write_suite(layout.root, "toy", {"models": [TUNED, MIM, TEACHER], "seeds": [0]})
    return layout


def test_both_launchers_are_launchers(chain):
    suite = load_suite(chain, "toy")
    assert isinstance(local(chain, suite), Launcher) and isinstance(SlurmLauncher(suite, chain), Launcher)
    assert local(chain, suite).plan(suite.rows) == [
        f"{LINE_B}.seed0 begins after {LINE_A}.mim.seed0, {LINE_A}.teacher.seed0",
        f"{LINE_A}.mim.seed0 begins after {LINE_A}.teacher.seed0",
    ]
    assert local(chain, suite).plan(suite.rows[2:]) == []


def test_runs_begin_after_those_that_they_need_and_take_their_checkpoints(chain):
    suite = load_suite(chain, "toy")
    assert phases(chain)[f"{LINE_B}.seed0"] == (
        "waiting",
        f"waiting for {LINE_A}.mim.seed0, {LINE_A}.teacher.seed0",
    )
    said = []
    launcher = local(chain, suite, on_change=lambda row, phase, message: said.append((row.slot, phase)))
    assert set(launcher.run(suite.rows).values()) == {"done"}
    order = [slot for slot, phase in said if phase == "train"]
    assert order == [f"{LINE_A}.teacher.seed0", f"{LINE_A}.mim.seed0", f"{LINE_B}.seed0"]
    teacher = chain.work / f"toy/{LINE_A}.teacher.seed0/iter_100.pth"
    mim = chain.work / f"toy/{LINE_A}.mim.seed0/iter_100.pth"
    train, test = [
        shlex.split(line)
        for line in RunDir.of(chain, suite, suite.rows[0]).log.read_text().splitlines()
        if line.startswith("$ tools/")
    ]
    assert f"load_from={mim}" in train and f"model.teacher={teacher}" in train and "--resume" not in train
    assert f"model.teacher={teacher}" in test and not any(word.startswith("load_from") for word in test)
    record = read_records(chain.results("toy"))[f"{LINE_B}.seed0"]
    assert [(need["slot"], need["as"], need["sha256"]) for need in record["needs"]] == [
        (f"{LINE_A}.mim.seed0", "load_from", sha256(mim)),
        (f"{LINE_A}.teacher.seed0", "model.teacher", sha256(teacher)),
    ]
    assert {phase for phase, _ in phases(chain).values()} == {"done"} and to_do(chain, suite) == []


def test_a_run_that_fails_stops_only_those_that_need_it(layout, console):
    add_config(layout.root, "net/net_broken_1xb4-1k_toy-8x8.py")
    broken = {"config": "net/net_broken_*.py", "variant": "pre"}
    child = {"config": A, "variant": "child", "needs": "pre"}
    grandchild = {"config": B, "variant": "grandchild", "needs": "child"}
    write_suite(layout.root, "toy", {"models": [grandchild, child, broken, A], "seeds": [0]})
    suite = load_suite(layout, "toy")
    assert run_local(layout, suite, suite.rows, local(layout, suite), console) == 1
    text, pre = console.file.getvalue(), "net_broken_1xb4-1k_toy-8x8.pre.seed0"
    assert f"{LINE_B}.grandchild.seed0: not run: {pre} failed" in text
    assert "1 of 4 runs done, 1 failed, 2 not run" in text
    assert not RunDir.of(layout, suite, suite.rows[0]).path.exists()
    assert [phase for phase, _ in phases(layout).values()] == ["not run", "not run", "failed", "done"]
    assert phases(layout)[f"{LINE_B}.grandchild.seed0"][1] == f"{pre} failed"
    show_status(layout, suite, console)
    assert "4 runs: 1 done, 1 failed, 2 not run" in console.file.getvalue()
    (layout.configs / "net/net_broken_1xb4-1k_toy-8x8.py").write_text((layout.configs / A).read_text())
    tool = layout.root / "tools/train.py"
    tool.write_text(tool.read_text().replace('"broken" in', '"never" in'))
    assert set(local(layout, suite).run(to_do(layout, suite)).values()) == {"done"}


def test_a_child_alone_says_which_run_it_lacks(chain):
    suite, said = load_suite(chain, "toy"), []
    launcher = local(chain, suite, on_change=lambda row, phase, message: said.append(message))
    assert launcher.run(suite.rows[1:2]) == {f"{LINE_A}.mim.seed0": "failed"}
    assert f"python tools/benchmark.py run toy {LINE_A}.teacher.seed0" in said[-1]


def test_a_change_of_the_first_run_makes_all_that_follow_stale(chain, console):
    suite = load_suite(chain, "toy")
    local(chain, suite).run(suite.rows)
    (chain.root / "README.md").write_text("<!-- table:toy -->\n<!-- /table -->\n")
    tables(chain, [], chain.root / "out", console)
    assert verify_all(chain) == []
    models = [TUNED, MIM, {**TEACHER, "options": {"train_cfg.max_iters": 50}}]
    write_suite(chain.root, "toy", {"models": models, "seeds": [0]})
    changed = load_suite(chain, "toy")
    assert {phase for phase, _ in phases(chain).values()} == {"stale"}
    assert "mim.seed0, whose record in suite toy is stale" in phases(chain)[f"{LINE_B}.seed0"][1]
    assert len(verify_all(chain)) == 3 and len(to_do(chain, changed)) == 3
    tool = chain.root / "tools/train.py"
    tool.write_text(tool.read_text().replace('{seed}"', '{seed} changed"'))
    assert set(local(chain, changed, restart=True).run(changed.rows).values()) == {"done"}
    assert {phase for phase, _ in phases(chain).values()} == {"done"}


def test_another_row_or_key_makes_a_record_stale(chain):
    suite = load_suite(chain, "toy")
    local(chain, suite).run(suite.rows)
    for needs, words in (
        ("teacher", "needs other rows now"),
        ([*TUNED["needs"][:1], {"row": "teacher", "as": "model.other"}], "now set another key"),
        (None, "needs other rows now"),
    ):
        tuned = {"config": B} if needs is None else {"config": B, "needs": needs}
        write_suite(chain.root, "toy", {"models": [tuned, MIM, TEACHER], "seeds": [0]})
        phase, message = phases(chain)[f"{LINE_B}.seed0"]
        assert phase == "stale" and words in message


def test_a_run_goes_on_from_its_own_checkpoint(chain):
    suite = load_suite(chain, "toy")
    local(chain, suite).run(suite.rows[1:])
    run = RunDir.of(chain, suite, suite.rows[0])
    run.path.mkdir(parents=True)
    (run.path / "iter_50.pth").write_bytes(b"half")
    (run.path / "last_checkpoint").write_text(str(run.path / "iter_50.pth"))
    assert set(local(chain, suite).run(suite.rows[:1]).values()) == {"done"}
    assert "--resume" in run.log.read_text()


def test_a_rerun_takes_the_suites_own_parents(chain, console):
    suite = load_suite(chain, "toy")
    local(chain, suite).run(suite.rows)
    assert rerun(chain, suite, f"{LINE_B}.seed0", 1, console) == 0
    assert "within" in console.file.getvalue()


@pytest.mark.parametrize(
    "key, words",
    [
        ("modle.teacher", ["modle.teacher", "mean", "model"]),
        ("model.type.checkpoint", ["model.type.checkpoint", "nothing at model.type"]),
    ],
)
def test_a_key_that_the_config_has_no_place_for_is_refused_before_anything_runs(layout, key, words):
    child = {"config": B, "needs": {"row": "teacher", "as": key}}
    write_suite(layout.root, "toy", {"models": [TEACHER, child], "seeds": [0]})
    with pytest.raises(ValueError) as caught:
        check_needs(layout, load_suite(layout, "toy"))
    assert all(word in str(caught.value) for word in ["suite toy", *words]), caught.value


def test_the_table_of_states_says_what_a_run_waits_for(chain):
    console = Console(file=io.StringIO(), width=250)
    show_status(chain, load_suite(chain, "toy"), console)
    assert f"waiting for {LINE_A}.teacher.seed0" in console.file.getvalue()
    assert "3 runs: 3 waiting" in console.file.getvalue()
