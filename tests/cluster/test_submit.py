import subprocess
from dataclasses import replace

import pytest

from seg_plugins.cluster import submit
from seg_plugins.cluster.submit import array_command, submit_suite, waiting_rows
from seg_plugins.zoo.runs.run_dir import RunDir
from seg_plugins.zoo.suites.layout import Layout
from seg_plugins.zoo.suites.suite import load_suite
from tests.zoo.base import add_config, make_checkout, write_suite


@pytest.fixture
def layout(tmp_path):
    return make_checkout(tmp_path)


@pytest.fixture
def fake_slurm(tmp_path, monkeypatch):
    """Programs that note how they are called."""
    folder = tmp_path / "bin"
    folder.mkdir()
    calls = tmp_path / "calls"
    answers = {"sbatch": "echo $$", "sinfo": "echo main", "scontrol": "true"}
    for name, answer in answers.items():
        (folder / name).write_text(f'#!/bin/sh\necho {name} "$@" >> {calls}\n{answer}\n')
        (folder / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin")
    return calls


def test_resources_follow_from_the_machine_class(layout, tmp_path):
    write_suite(layout.root, "toy", {"machine": {"gpus_per_node": 8, "cores_per_gpu": 8}, "time_limit": 600})
    suite = load_suite(layout, "toy")
    command = array_command(layout, suite, tmp_path / "p.json", 7, 16, "big", 3, "--mem=10G --account='a b'")
    for word in ("--array=0-6%3", "--ntasks=16", "--gres=gpu:8", "--ntasks-per-node=8", "--cpus-per-task=8"):
        assert word in command
    for word in ("--time=600", "--partition=big", "--requeue", "--open-mode=append", "--account=a b"):
        assert word in command
    write_suite(layout.root, "toy", {"machine": {"cores": 2}})
    command = array_command(layout, load_suite(layout, "toy"), tmp_path / "p.json", 1, 1, None, None, "")
    assert "--ntasks=1" in command and "--cpus-per-task=2" in command and "--array=0-0" in command
    assert not any(word.startswith(("--gres", "--partition")) for word in command)
    command = array_command(layout, load_suite(layout, "toy"), tmp_path / "p.json", 1, 4, None, None, "")
    assert "--ntasks=4" in command  # without GPUs too


@pytest.mark.parametrize("most, seeds", [(20, 25), pytest.param(1000, 1050, marks=pytest.mark.slow)])
def test_more_runs_than_an_array_holds_are_several_arrays(layout, fake_slurm, monkeypatch, most, seeds):
    monkeypatch.setattr(submit, "MOST_MEMBERS", most)
    write_suite(layout.root, "toy", {"models": ["net/net_a_*.py"], "seeds": list(range(seeds))})
    suite = load_suite(layout, "toy")
    jobs = submit_suite(layout, suite, suite.rows, "main", None, "")
    calls = fake_slurm.read_text()
    assert (
        f"--array=0-{most - 1} " in calls
        and f"--array=0-{seeds - most - 1} " in calls
        and calls.count("scontrol release") == 2
    )
    state = RunDir.of(layout, suite, suite.rows[most + 1]).read("state")
    assert state["phase"] == "queued" and state["job"] == f"{jobs[1]}_1"
    queue = {f"{jobs[1]}_1": "PENDING"}
    assert suite.rows[most + 1] not in waiting_rows(layout, suite, suite.rows, queue)
    assert len(waiting_rows(layout, suite, suite.rows, queue)) == seeds - 1


def test_refusals_name_the_command(layout, fake_slurm, tmp_path):
    suite = load_suite(layout, "toy")
    with pytest.raises(ValueError, match="no partition 'nope' on this cluster; there is: main"):
        submit_suite(layout, suite, suite.rows, "nope", None, "")
    (tmp_path / "bin/sbatch").write_text("#!/bin/sh\necho 'Invalid account' >&2\nexit 1\n")
    with pytest.raises(ValueError, match="sbatch refused: Invalid account"):
        submit_suite(layout, suite, suite.rows, "main", None, "")
    assert not RunDir.of(layout, suite, suite.rows[0]).path.exists()


def test_names_are_no_shell_and_no_pattern(layout, tmp_path):
    """sbatch gets words, and replaces what stands after % in the name of its log."""
    odd = Layout(tmp_path / "50%j; touch x")
    suite = replace(load_suite(layout, "toy"), name="a b; $(touch x)")
    command = array_command(odd, suite, tmp_path / "p q.json", 1, 1, "main; touch x", None, "")
    assert "--job-name=a b; $(touch x)" in command and "--partition=main; touch x" in command
    (log,) = (word for word in command if word.startswith("--output="))
    assert (
        "/50%%j; touch x/" in log and log.endswith("/%A_%a.log") and command[-1] == str(tmp_path / "p q.json")
    )


def test_the_job_script_is_shell():
    from seg_plugins.cluster.submit import JOB_SCRIPT

    assert subprocess.run(["bash", "-n", JOB_SCRIPT]).returncode == 0


def test_runs_of_other_gpu_counts_are_arrays_of_their_own(layout, fake_slurm):
    add_config(layout.root, "net/net_a_8xb1-1k_toy-8x8.py")
    machine = {"gpus_per_node": 8}
    models = ["net/net_a_1xb4-*.py", "net/net_a_8xb1-*.py"]
    write_suite(layout.root, "toy", {"models": models, "machine": machine})
    suite = load_suite(layout, "toy")
    assert len(submit_suite(layout, suite, suite.rows, "main", None, "")) == 2
    one, eight = [line for line in fake_slurm.read_text().splitlines() if line.startswith("sbatch")]
    assert "--ntasks=1 " in one and "--gres=gpu:1 " in one
    assert "--ntasks=8 " in eight and "--gres=gpu:8 " in eight
