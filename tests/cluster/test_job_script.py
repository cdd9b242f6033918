"""`job.sbatch` and the shell tools on a real Slurm, with a run that only counts."""

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from seg_plugins.cluster.submit import JOB_SCRIPT

pytestmark = pytest.mark.slurm
ROOT = Path(__file__).parents[2]
COUNTER = """
import os, signal, sys, time
from pathlib import Path
place, steps, told = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3] == "told"
told = told and os.environ.get("SLURM_RESTART_COUNT", "0") == "0"
stop = []
for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
    signal.signal(number, lambda n, frame: stop.append(signal.Signals(n).name))
done = int(place.read_text()) if place.exists() else 0
print("counting from", done, flush=True)
while done < (3000 if told else steps):
    time.sleep(0.1)
    done += 1
    if stop:
        place.write_text(str(done))
        print("saved", done, stop[0], flush=True)
        sys.exit(85)
print("ended", done, "port", os.environ["MASTER_PORT"], "at", os.environ["MASTER_ADDR"], flush=True)
"""


@pytest.fixture
def count(tmp_path, slurm):
    """Submits a run of so many steps; gives its job id and its log.

    A run that is to be `told` continues in its first attempt until a signal ends it, however late that comes.
    """
    script = tmp_path / "count.py"
    script.write_text(COUNTER)

    def submit(steps, *options, told=True):
        log = tmp_path / "log"
        command = ["sbatch", "--parsable", "--ntasks=1", "--requeue", "--open-mode=append", f"--output={log}"]
        command += ["--partition=main", "--time=5", "--signal=USR2@60", *options]
        words = [
            JOB_SCRIPT,
            sys.executable,
            script,
            tmp_path / "place",
            str(steps),
            "told" if told else "free",
        ]
        return slurm.run(*command, *map(str, words)), log

    return submit


def running(slurm, job, log, seconds=600):
    """Wait until the run counts: its handlers are installed then."""
    slurm.wait(job, "RUNNING")
    end = time.monotonic() + seconds
    while "counting from" not in (log.read_text() if log.exists() else ""):
        assert time.monotonic() < end, f"{log}: the run has not begun in {seconds} s"
        time.sleep(0.1)


def test_address_and_port_come_from_the_job(slurm, count):
    job, log = count(1, told=False)
    assert slurm.wait(job, "COMPLETED")["ExitCode"] == "0:0"
    assert f"ended 1 port {20000 + int(job) % 20000} at {slurm.node}" in log.read_text()


@pytest.mark.parametrize("name", ["USR2", "USR1"])
def test_the_warning_before_the_limit_requeues_and_nothing_is_lost(slurm, count, name):
    """`scancel --signal` sends what `--signal=USR2@N` sends, without waiting for the clock."""
    job, log = count(3)
    running(slurm, job, log)
    slurm.run("scancel", f"--signal={name}", job)
    assert slurm.wait(job, "COMPLETED")["Restarts"] == "1"
    text = log.read_text()
    assert "attempt 1," in text and f"SIG{name}" in text and f"job {job} returned to the queue" in text
    assert "attempt 2," in text and "ended" in text  # the log was appended to


def test_preemption_by_a_higher_partition_requeues(slurm, count):
    job, log = count(3, "--cpus-per-task=2")
    running(slurm, job, log)
    urgent = slurm.run(
        "sbatch",
        "--parsable",
        "--partition=high",
        "--cpus-per-task=2",
        "-o",
        "/dev/null",
        "--wrap",
        "sleep 1",
    )
    slurm.wait(urgent, "COMPLETED")
    assert slurm.wait(job, "COMPLETED")["Restarts"] == "1"
    assert "saved" in log.read_text() and "ended" in log.read_text()


def test_a_cancelled_job_saves_and_stays_cancelled(slurm, count):
    job, log = count(3)
    running(slurm, job, log)
    slurm.run("scancel", job)
    slurm.wait(job, "CANCELLED")
    slurm.until_over(job)
    assert slurm.job(job)["JobState"] == "CANCELLED" and slurm.job(job)["Restarts"] == "0"
    assert "SIGTERM" in log.read_text() and "returned to the queue" not in log.read_text()


def test_a_failing_node_requeues_by_itself(slurm, count):
    job, log = count(3)
    running(slurm, job, log)
    slurm.run("scontrol", "update", f"nodename={slurm.node}", "state=down", "reason=test")
    slurm.wait(job, "PENDING")
    slurm.run("scontrol", "update", f"nodename={slurm.node}", "state=resume", check=False)  # or it is back
    assert slurm.wait(job, "COMPLETED")["Restarts"] == "1"
    assert "ended 3" in log.read_text()


def test_a_failure_is_the_jobs_and_is_not_requeued(slurm, count, tmp_path):
    (tmp_path / "place").write_text("not a number")
    job, log = count(5, told=False)
    ended = slurm.wait(job, "FAILED")
    assert ended["Restarts"] == "0" and ended["ExitCode"] == "1:0" and "ValueError" in log.read_text()


@pytest.fixture
def checkout(tmp_path):
    """The shell tools beside a `train.py` that says what it was given."""
    for name in ("slurm_train.sh", "slurm_test.sh", "slurm_submit.sh"):
        target = tmp_path / "tools" / name
        target.parent.mkdir(exist_ok=True)
        target.write_text((ROOT / "tools" / name).read_text())
    (tmp_path / "seg_plugins/cluster").mkdir(parents=True)
    (tmp_path / "seg_plugins/cluster/job.sbatch").write_text(JOB_SCRIPT.read_text())
    says = (
        "import os, sys; print(sys.argv[1:], os.environ['SLURM_PROCID'], os.environ['SLURM_CPUS_PER_TASK'])\n"
    )
    for name in ("train.py", "test.py"):
        (tmp_path / "tools" / name).write_text(says)
    (tmp_path / "c.py").write_text("")
    (tmp_path / "w.pth").write_bytes(b"")
    return tmp_path


def shell(slurm, checkout, *words, **environment):
    path = os.pathsep.join([os.path.dirname(sys.executable), slurm.env["PATH"]])
    env = {**slurm.env, "PATH": path, "PYTHONPATH": str(ROOT)}
    env |= {"GPUS": "1", "GPUS_PER_NODE": "0", "CPUS_PER_TASK": "1", **environment}
    return subprocess.run(
        ["bash", *words], cwd=checkout, env=env, capture_output=True, text=True, timeout=600
    )


def test_the_tools_wait_for_the_end_as_upstream(slurm, checkout):
    done = shell(slurm, checkout, "tools/slurm_train.sh", "main", "name", "c.py", "--amp", GPUS="2")
    assert done.returncode == 0, done.stderr
    assert sorted(done.stdout.splitlines()) == [
        "['c.py', '--amp', '--launcher', 'slurm'] 0 1",
        "['c.py', '--amp', '--launcher', 'slurm'] 1 1",
    ]
    done = shell(slurm, checkout, "tools/slurm_test.sh", "main", "name", "c.py", "w.pth", "--tta")
    assert done.stdout.startswith("['c.py', 'w.pth', '--tta', '--launcher', 'slurm']")


def test_requeue_submits_and_prints_the_job(slurm, checkout):
    done = shell(
        slurm, checkout, "tools/slurm_train.sh", "main", "name", "c.py", REQUEUE="1", SRUN_ARGS="--time=3"
    )
    job = done.stdout.strip()
    assert job.isdigit(), done.stderr
    ended = slurm.wait(job, "COMPLETED")
    assert ended["Requeue"] == "1" and ended["TimeLimit"] == "00:03:00"
    assert f"log: {checkout}/work_dirs/slurm/name-{job}.log" in done.stderr
    assert (checkout / f"work_dirs/slurm/name-{job}.log").is_file()
    log = (checkout / f"work_dirs/slurm/name-{job}.log").read_text()
    assert "['c.py', '--resume', '--launcher', 'slurm'] 0 1" in log


def test_an_unknown_partition_is_named_with_those_there_are(slurm, checkout):
    done = shell(slurm, checkout, "tools/slurm_train.sh", "nope", "name", "c.py")
    assert done.returncode == 2 and "'nope' does not exist" in done.stderr and "high main" in done.stderr


def test_without_slurm_the_tools_say_what_to_use(checkout, tmp_path):
    done = subprocess.run(
        ["bash", "tools/slurm_train.sh", "main", "name", "c.py"],
        cwd=checkout,
        env={"PATH": _path_without_slurm(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 2 and "srun is not on PATH" in done.stderr and "dist_train.sh" in done.stderr


def _path_without_slurm(tmp_path):
    """A folder with only what a shell script needs."""
    folder = tmp_path / "bin"
    folder.mkdir()
    for name in ("bash", "dirname", "sed", "sort", "grep", "tr"):
        for place in os.environ["PATH"].split(":"):
            if (Path(place) / name).exists():
                (folder / name).symlink_to(Path(place) / name)
                break
    return str(folder)


@pytest.mark.parametrize(
    "words, said",
    [
        (["slurm_train.sh", "main", "name", "nope.py"], "nope.py"),
        (["slurm_train.sh", "main", "name", "c.py", "--work_dir", "x"], "--work-dir"),
        (["slurm_test.sh", "main", "name", "c.py", "gone.pth"], "gone.pth"),
    ],
)
@pytest.mark.parametrize("requeue", ["", "1"])
def test_what_is_wrong_is_said_before_the_queue(slurm, checkout, words, said, requeue):
    done = shell(slurm, checkout, f"tools/{words[0]}", *words[1:], REQUEUE=requeue)
    assert done.returncode == 2 and said in done.stderr and not done.stdout
    assert slurm.run("squeue", "-h") == ""


def test_a_partition_without_gpus_is_told_apart(slurm, checkout):
    done = shell(slurm, checkout, "tools/slurm_train.sh", "main", "name", "c.py", GPUS_PER_NODE="1")
    assert done.returncode == 2 and "GPUS=1 GPUS_PER_NODE=0 tools/slurm_train.sh" in done.stderr
