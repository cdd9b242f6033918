"""A suite as Slurm job arrays."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from seg_plugins.zoo.runs.run_dir import RunDir
from seg_plugins.zoo.suites.layout import Layout
from seg_plugins.zoo.suites.record import write_record
from seg_plugins.zoo.suites.suite import Row, Suite

from .queue import check_partition, need

__all__ = ["JOB_SCRIPT", "MOST_MEMBERS", "array_command", "planned_commands", "submit_suite", "waiting_rows"]

JOB_SCRIPT = Path(__file__).with_name("job.sbatch")
MOST_MEMBERS = 1000  # Slurm's MaxArraySize is 1001 unless the site has raised it
WARNING_S = 120  # seconds before the time limit at which a run is told to save


def array_command(
    layout: Layout,
    suite: Suite,
    plan: Path,
    members: int,
    devices: int,
    partition: str | None,
    at_once: int | None,
    extra: str,
) -> list[str]:
    """The sbatch command of one array.

    Args:
        layout: The checkout.
        suite: The suite; its machine class gives GPUs and cores, its time limit the minutes.
        plan: The plan file, see `seg_plugins/cluster/member.py`.
        members: How many runs the plan has.
        devices: Processes of each run, with a GPU each where there are GPUs.
        partition: Where to submit; None is the cluster's default.
        at_once: Members at a time; None is no limit.
        extra: More options, in one string; they come last and win.
    """
    per_node = int(suite.machine.get("gpus_per_node", 0))
    cores = int(suite.machine.get("cores_per_gpu", 8) if suite.on_gpu else suite.machine.get("cores", 1))
    command = [
        "sbatch",
        "--parsable",
        f"--job-name={suite.name}",
        f"--array=0-{members - 1}" + (f"%{at_once}" if at_once else ""),
        f"--ntasks={devices}",
        f"--cpus-per-task={cores}",
        f"--time={suite.time_limit}",
        "--hold",  # until the runs know their job
        "--requeue",
        "--open-mode=append",
        f"--signal=USR2@{WARNING_S}",
        f"--output={in_pattern(layout.work / suite.name / 'slurm')}/%A_%a.log",
        f"--chdir={layout.root}",
    ]
    if suite.on_gpu:
        here = min(devices, per_node)
        command += [f"--gres=gpu:{here}", f"--ntasks-per-node={here}"]
    if partition:
        command.append(f"--partition={partition}")
    return [*command, *shlex.split(extra), str(JOB_SCRIPT), sys.executable, "--plan", str(plan)]


def in_pattern(folder: Path) -> str:
    """A folder in sbatch's pattern of a file name, where % begins a replacement."""
    return str(folder).replace("%", "%%")


def waiting_rows(layout: Layout, suite: Suite, rows: Sequence[Row], queue: dict[str, str]) -> list[Row]:
    """The rows that are not in the queue already."""
    return [row for row in rows if RunDir.of(layout, suite, row).read("state").get("job") not in queue]


def _chunks(rows: Sequence[Row]) -> Iterator[list[Row]]:
    """Runs of one number of GPUs together, at most as many as an array holds."""
    for devices in sorted({row.model.devices for row in rows}):
        mine = [row for row in rows if row.model.devices == devices]
        for start in range(0, len(mine), MOST_MEMBERS):
            yield mine[start : start + MOST_MEMBERS]


def planned_commands(
    layout: Layout, suite: Suite, rows: Sequence[Row], partition: str | None, at_once: int | None, extra: str
) -> list[str]:
    """The sbatch commands that `submit_suite` would give; the plans are not written."""
    folder = layout.work / suite.name / "slurm"
    return [
        shlex.join(
            array_command(
                layout,
                suite,
                folder / f"plan_{number}.json",
                len(chunk),
                chunk[0].model.devices,
                partition,
                at_once,
                extra,
            )
        )
        for number, chunk in enumerate(_chunks(rows))
    ]


def submit_suite(
    layout: Layout, suite: Suite, rows: Sequence[Row], partition: str | None, at_once: int | None, extra: str
) -> list[str]:
    """Submit runs as arrays of at most 1,000 members.

    Args:
        layout: The checkout, on a file system that the nodes share.
        suite: The suite.
        rows: What to run.
        partition: Where to; None is the cluster's default.
        at_once: Members of an array at a time; None is no limit.
        extra: More sbatch options, in one string.

    Returns:
        The arrays' job ids.

    Raises:
        ValueError: Slurm is not at hand, the partition does not exist, or the submission was refused.
    """
    need("sbatch")
    check_partition(partition)
    folder = layout.work / suite.name / "slurm"
    folder.mkdir(parents=True, exist_ok=True)
    stamp = f"{time.strftime('%Y%m%d_%H%M%S')}_{os.getpid()}"
    jobs = []
    for number, chunk in enumerate(_chunks(rows)):
        plan = folder / f"plan_{stamp}_{number}.json"
        write_record(
            plan,
            {
                "root": str(layout.root),
                "suite": layout.spoken(suite.name),
                "slots": [row.slot for row in chunk],
            },
        )
        command = array_command(
            layout, suite, plan, len(chunk), chunk[0].model.devices, partition, at_once, extra
        )
        environment = layout.environment(1)
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if done.returncode != 0:
            raise ValueError(f"sbatch refused: {done.stderr.strip()}\ncommand: {shlex.join(command)}")
        job = done.stdout.strip().split(";")[0]
        jobs.append(job)
        for index, row in enumerate(chunk):
            run = RunDir.of(layout, suite, row)
            run.update(phase="queued", job=f"{job}_{index}", message="")
        released = subprocess.run(["scontrol", "release", job], capture_output=True, text=True, check=False)
        if released.returncode != 0:
            raise ValueError(f"job {job} stays on hold: {released.stderr.strip()}")
    return jobs
