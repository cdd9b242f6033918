import argparse
import io
import time

import pytest
from rich.console import Console

from seg_plugins.cluster.member import run_member
from seg_plugins.commands.benchmark_steps import collect, run, show_status
from seg_plugins.zoo.runs.run_dir import RunDir
from seg_plugins.zoo.suites.record import read_records
from seg_plugins.zoo.suites.suite import load_suite
from tests.zoo.base import add_config, make_checkout, write_suite


@pytest.fixture
def layout(tmp_path):
    return make_checkout(tmp_path)


@pytest.fixture
def fake_srun(tmp_path, monkeypatch):
    """An srun that starts its command here, once."""
    (tmp_path / "bin").mkdir()
    tool = tmp_path / "bin/srun"
    tool.write_text('#!/bin/bash\nshift 2\n[ -z "$SRUN_CODE" ] || exit "$SRUN_CODE"\nexec "$@"\n')
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:/bin:/usr/bin")


def test_a_member_trains_tests_and_keeps_its_state(layout, fake_srun):
    suite = load_suite(layout, "toy")
    row = suite.rows[0]
    assert run_member(layout, "toy", row.slot) == 0
    state = RunDir.of(layout, suite, row).read("state")
    assert state["phase"] == "done" and state["wall_seconds"] > 0
    assert RunDir.of(layout, suite, row).metrics.exists()


def test_a_member_told_to_stop_is_queued_one_that_fails_is_failed(layout, fake_srun, monkeypatch):
    suite = load_suite(layout, "toy")
    row = suite.rows[0]
    state = RunDir.of(layout, suite, row)
    monkeypatch.setenv("SRUN_CODE", "85")
    assert run_member(layout, "toy", row.slot) == 85 and state.read("state")["phase"] == "queued"
    monkeypatch.setenv("SRUN_CODE", "3")
    assert run_member(layout, "toy", row.slot) == 3 and state.read("state")["phase"] == "failed"
    assert "train ended with code 3" in state.read("state")["message"]
    (state.path / "run.json").write_text('{"config_hash": "other", "sections": {}}')
    assert run_member(layout, "toy", row.slot) == 2
    assert "another version of its config" in state.read("state")["message"]


@pytest.mark.slurm
def test_a_suite_as_an_array_with_one_failing_member(layout, slurm, monkeypatch):
    """Three members on a real Slurm: one fails and says why, two end and are collected."""
    add_config(layout.root, "net/net_broken_1xb4-1k_toy-8x8.py")
    write_suite(layout.root, "toy", {"models": ["net/*.py"], "seeds": [0], "machine": {"cores": 1}})
    monkeypatch.setenv("SLURM_CONF", slurm.env["SLURM_CONF"])
    suite = load_suite(layout, "toy")
    console = Console(file=io.StringIO(), width=200)
    defaults = dict(rows=[], launcher="slurm", jobs=None, threads=None, fresh=False, restart=False)
    args = argparse.Namespace(
        **defaults, replace=False, dry_run=False, price=None, partition="main", sbatch_args="--signal=USR1@60"
    )
    assert run(layout, suite, args, 2, console) == 0
    assert run(layout, suite, args, 2, console) == 0
    assert "all 3 runs are in the queue already" in console.file.getvalue()
    end = time.monotonic() + 900
    while slurm.run("squeue", "-h"):
        assert time.monotonic() < end, console.file.getvalue()
        time.sleep(0.5)
    show_status(layout, suite, console)
    text = console.file.getvalue()
    assert "3 runs: 1 failed, 2 finished" in text and "loss is not finite" in text
    assert collect(layout, suite, console, overwrite=False) == 0
    assert sorted(read_records(layout.results("toy"))) == [row.slot for row in suite.rows[:2]]
