import re
import subprocess
import time
from dataclasses import replace

import pytest

from seg_plugins.cluster import submit
from seg_plugins.cluster.queue import job_states
from seg_plugins.cluster.submit import SlurmLauncher, array_command, waiting_rows
from seg_plugins.zoo.runs.local_launcher import LocalLauncher
from seg_plugins.zoo.runs.run_dir import RunDir
from seg_plugins.zoo.runs.status import suite_status
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
    answers = {"sbatch": "echo $$", "sinfo": "echo main", "scontrol": "true", "squeue": "true"}
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
    launcher = SlurmLauncher(suite, layout, "main")
    assert set(launcher.run(suite.rows).values()) == {"queued"}
    jobs = launcher.submitted
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
    with pytest.raises(ValueError, match="partition 'nope' does not exist on this cluster; it has main"):
        SlurmLauncher(suite, layout, "nope").run(suite.rows)
    (tmp_path / "bin/sbatch").write_text("#!/bin/sh\necho 'Invalid account' >&2\nexit 1\n")
    with pytest.raises(ValueError, match="sbatch refused: Invalid account"):
        SlurmLauncher(suite, layout, "main").run(suite.rows)
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
    launcher = SlurmLauncher(suite, layout, "main")
    launcher.run(suite.rows)
    assert len(launcher.submitted) == 2
    one, eight = [line for line in fake_slurm.read_text().splitlines() if line.startswith("sbatch")]
    assert "--ntasks=1 " in one and "--gres=gpu:1 " in one
    assert "--ntasks=8 " in eight and "--gres=gpu:8 " in eight


NEEDS = [
    {"config": "net/net_b_*.py", "variant": "tuned", "needs": ["mim", {"row": "teacher", "as": "model.t"}]},
    {"config": "net/net_a_*.py", "variant": "mim", "needs": "teacher"},
    {"config": "net/net_a_*.py", "variant": "teacher"},
    "net/net_a_*.py",
]


def dependencies(lines):
    """What each sbatch command says it waits for."""
    return [re.findall(r"--dependency=(\S+) --kill-on-invalid-dep=yes", line) for line in lines]


def test_runs_that_need_others_wait_for_their_jobs(layout, fake_slurm):
    write_suite(layout.root, "toy", {"models": NEEDS, "seeds": [0, 1]})
    suite = load_suite(layout, "toy")
    launcher = SlurmLauncher(suite, layout, "main")
    planned = launcher.plan(suite.rows)
    assert dependencies(planned) == [
        [],
        ["afterok:JOB0_0"],
        ["afterok:JOB0_2"],
        ["afterok:JOB1_0:JOB0_0"],
        ["afterok:JOB2_0:JOB0_2"],
    ]
    launcher.run(suite.rows)
    calls = [line for line in fake_slurm.read_text().splitlines() if line.startswith("sbatch")]
    free, first, second, *_ = launcher.submitted
    assert dependencies(calls) == [
        [],
        [f"afterok:{free}_0"],
        [f"afterok:{free}_2"],
        [f"afterok:{first}_0:{free}_0"],
        [f"afterok:{second}_0:{free}_2"],
    ]


def test_a_dependency_of_ones_own_would_replace_that_of_the_suite(layout, fake_slurm):
    write_suite(layout.root, "toy", {"models": NEEDS, "seeds": [0]})
    suite = load_suite(layout, "toy")
    with pytest.raises(ValueError, match="a job has one --dependency"):
        SlurmLauncher(suite, layout, extra="--dependency=afterok:3").run(suite.rows)
    assert "sbatch" not in fake_slurm.read_text()
    assert len(SlurmLauncher(suite, layout, extra="--dependency=afterok:3").plan(suite.rows[2:])) == 1


def test_a_run_waits_for_what_is_queued_and_not_for_what_is_finished(layout, fake_slurm, tmp_path):
    write_suite(layout.root, "toy", {"models": NEEDS, "seeds": [0]})
    suite = load_suite(layout, "toy")
    tuned, mim, teacher, _ = suite.rows
    with pytest.raises(
        ValueError, match=r"not a finished run: \S*python\S* tools/benchmark\.py run toy .*mim"
    ):
        SlurmLauncher(suite, layout, "main").run([tuned, teacher])
    assert "sbatch" not in fake_slurm.read_text()
    RunDir.of(layout, suite, teacher).update(phase="train", job="7_3")
    (tmp_path / "bin/squeue").write_text("#!/bin/sh\necho 7_3 RUNNING\n")
    assert SlurmLauncher(suite, layout, "main").run([mim, teacher]) == {mim.slot: "queued"}
    assert dependencies(fake_slurm.read_text().splitlines()[-2:-1]) == [["afterok:7_3"]]
    RunDir.of(layout, suite, teacher).path.joinpath("state.json").unlink()
    (tmp_path / "bin/squeue").write_text("#!/bin/sh\n")
    assert LocalLauncher(suite, layout, 1, 1, lambda row: None).run([teacher]) == {teacher.slot: "done"}
    assert SlurmLauncher(suite, layout, "main").run([mim]) == {mim.slot: "queued"}
    assert dependencies(fake_slurm.read_text().splitlines()[-2:-1]) == [[]]


STOPPED_ONCE = """
if "again" in config.name and not (work / "once").exists():
    (work / "once").touch()
    sys.exit(85)
"""


@pytest.mark.slurm
def test_needs_on_a_real_slurm(layout, slurm, monkeypatch):
    """A chain ends well, though its first run is requeued once, beside one that fails: only the rest of
    that one is cancelled."""
    monkeypatch.setenv("SLURM_CONF", slurm.env["SLURM_CONF"])
    broken = add_config(layout.root, "net/net_broken_1xb4-1k_toy-8x8.py")
    again = add_config(layout.root, "net/net_again_1xb4-1k_toy-8x8.py")
    tool = layout.root / "tools/train.py"
    tool.write_text(tool.read_text().replace('if "broken"', f'{STOPPED_ONCE}\nif "broken"', 1))
    models = [
        {"config": "net/net_b_*.py", "variant": "tuned", "needs": "mim"},
        {"config": again, "variant": "mim"},
        {"config": broken, "variant": "pre"},
        {"config": "net/net_a_*.py", "variant": "child", "needs": "pre"},
        {"config": "net/net_a_*.py", "variant": "grandchild", "needs": "child"},
    ]
    write_suite(layout.root, "toy", {"models": models, "seeds": [0], "machine": {"cores": 1}})
    suite = load_suite(layout, "toy")
    SlurmLauncher(suite, layout, "main", extra="--signal=USR1@60").run(suite.rows)
    end = time.monotonic() + 300
    while slurm.run("squeue", "-h"):
        assert time.monotonic() < end
        time.sleep(0.5)
    statuses = suite_status(layout, suite, {}, lambda: job_states(ended=True))
    assert [s.phase for s in statuses] == ["finished", "finished", "failed", "not run", "not run"]
    assert {s.message for s in statuses[3:]} == {"net_broken_1xb4-1k_toy-8x8.pre.seed0 failed"}
    lives = list((layout.work / "toy/slurm").glob("*.log"))
    assert sum("returned to the queue" in path.read_text() for path in lives) == 1
    begun = RunDir.of(layout, suite, suite.rows[0]).read("run")
    assert begun["needs"][0]["slot"] == suite.rows[1].slot
