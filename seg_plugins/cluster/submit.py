"""The submission of a suite as Slurm job arrays."""

import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from seg_plugins.zoo.runs.run_dir import RunDir, needed_file
from seg_plugins.zoo.suites.layout import Layout
from seg_plugins.zoo.suites.record import write_record
from seg_plugins.zoo.suites.suite import Row, Suite

from .queue import check_partition, job_states, need

__all__ = ["JOB_SCRIPT", "MOST_MEMBERS", "SlurmLauncher", "array_command", "waiting_rows"]

JOB_SCRIPT = Path(__file__).with_name("job.sbatch")
MOST_MEMBERS = 1000  # Slurm's MaxArraySize is 1001 unless the site has raised it
WARNING_S = 120  # seconds before the time limit at which a run is asked to save


def array_command(
    layout: Layout,
    suite: Suite,
    plan: Path,
    members: int,
    devices: int,
    partition: str | None,
    at_once: int | None,
    extra: str,
    after: Sequence[str] = (),
) -> list[str]:
    """Return the sbatch command of one array.

    Args:
        layout: The checkout.
        suite: The suite; its machine class gives GPUs and cores, its time limit the minutes.
        plan: The plan file; see `seg_plugins/cluster/member.py`.
        members: Number of runs in the plan.
        devices: Processes of each run; each has a GPU if the machine class has GPUs.
        partition: Partition to submit to; None is the cluster's default.
        at_once: Members that may run at a time; None is no limit.
        extra: Further options, in one string; they come last and override the others.
        after: Jobs that have to succeed before; if one fails, Slurm cancels the array.
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
        "--hold",  # until the runs know their job ids
        "--requeue",
        "--open-mode=append",
        f"--signal=USR2@{WARNING_S}",
        f"--output={in_pattern(layout.work / suite.name / 'slurm')}/%A_%a.log",
        f"--chdir={layout.base}",
    ]
    if suite.on_gpu:
        here = min(devices, per_node)
        command += [f"--gres=gpu:{here}", f"--ntasks-per-node={here}"]
    if after:
        if any(word.startswith(("--dependency", "-d")) for word in shlex.split(extra)):
            raise ValueError(
                f"--sbatch-args {extra!r}: suite {suite.name} has rows that need other rows, and a job has "
                "one --dependency: submit the needed rows first, by name"
            )
        command += [f"--dependency=afterok:{':'.join(after)}", "--kill-on-invalid-dep=yes"]
    if partition:
        command.append(f"--partition={partition}")
    return [*command, *shlex.split(extra), str(JOB_SCRIPT), sys.executable, "--plan", str(plan)]


def in_pattern(folder: Path) -> str:
    """Escape a folder for sbatch's file name patterns, in which % begins a replacement."""
    return str(folder).replace("%", "%%")


def waiting_rows(layout: Layout, suite: Suite, rows: Sequence[Row], queue: Mapping[str, str]) -> list[Row]:
    """Return the rows that are not in the queue yet."""
    return [row for row in rows if RunDir.of(layout, suite, row).read("state").get("job") not in queue]


def job_arrays(suite: Suite, rows: Sequence[Row], queue: Collection[str] = ()) -> list[list[Row]]:
    """Group runs into arrays, by number of GPUs and by the runs that they wait for.

    Args:
        suite: The suite.
        rows: The runs.
        queue: The slots of runs that are in the queue already.

    Returns:
        The runs of each array. An array comes after those that it waits for.
    """
    known = {row.slot: row for row in rows}
    stages: dict[str, int] = {}

    def stage(row: Row) -> int:
        if row.slot not in stages:
            before = [known[slot] for slot in row.needed(suite.name) if slot in known]
            stages[row.slot] = 1 + max(map(stage, before), default=-1)
        return stages[row.slot]

    groups: dict[tuple[int, int, tuple[str, ...]], list[Row]] = {}
    for row in rows:
        after = tuple(slot for slot in row.needed(suite.name) if slot in known or slot in queue)
        groups.setdefault((stage(row), row.model.devices, after), []).append(row)
    return [
        mine[start : start + MOST_MEMBERS]
        for _, mine in sorted(groups.items(), key=lambda item: item[0])
        for start in range(0, len(mine), MOST_MEMBERS)
    ]


@dataclass
class SlurmLauncher:
    """Submit runs as job arrays; a run that needs others waits for their jobs (`--dependency=afterok`).

    Attributes:
        suite: The suite.
        layout: The checkout, on a file system that the nodes share.
        partition: Partition to submit to; None is the cluster's default.
        at_once: Members of an array that may run at a time; None is no limit.
        extra: Further sbatch options, in one string.
        submitted: The job ids of the arrays that were submitted.
    """

    suite: Suite
    layout: Layout
    partition: str | None = None
    at_once: int | None = None
    extra: str = ""
    submitted: list[str] = field(default_factory=list)

    @property
    def folder(self) -> Path:
        """Folder of plans and logs."""
        return self.layout.work / self.suite.name / "slurm"

    def plan(self, rows: Sequence[Row]) -> list[str]:
        """Return the sbatch commands that `run` would give; `JOB<n>` stands for the id of command n."""
        jobs: dict[str, str] = {}
        lines = []
        for number, chunk in enumerate(job_arrays(self.suite, rows)):
            after = [jobs[slot] for slot in chunk[0].needed(self.suite.name) if slot in jobs]
            lines.append(shlex.join(self._command(self.folder / f"plan_{number}.json", chunk, after)))
            jobs |= {row.slot: f"JOB{number}_{index}" for index, row in enumerate(chunk)}
        return lines

    def run(self, rows: Sequence[Row], tick: Callable[[], None] = lambda: None) -> dict[str, str]:
        """Submit the rows that are not in the queue yet, as arrays of at most 1,000 members.

        Raises:
            ValueError: Slurm is not installed, the partition does not exist, a needed run is neither finished
                nor in the queue, or sbatch refused the submission.
        """
        need("sbatch")
        check_partition(self.partition)
        queue = job_states() or {}
        waiting = waiting_rows(self.layout, self.suite, rows, queue)
        queued = {row.slot for row in self.suite.rows if self._job(row) in queue}
        self._require_needed(waiting, queued)
        self.plan(waiting)  # an impossible command is refused before the first one is given
        self.folder.mkdir(parents=True, exist_ok=True)
        stamp = f"{time.strftime('%Y%m%d_%H%M%S')}_{os.getpid()}"
        open_slots = queued | {row.slot for row in waiting}
        for number, chunk in enumerate(job_arrays(self.suite, waiting, queued)):
            needed = [slot for slot in chunk[0].needed(self.suite.name) if slot in open_slots]
            after = [self._job(self.suite.row(slot)) for slot in needed]
            self._submit(self.folder / f"plan_{stamp}_{number}.json", chunk, after)
            tick()
        return {row.slot: "queued" for row in waiting}

    def _job(self, row: Row) -> str:
        return str(RunDir.of(self.layout, self.suite, row).read("state").get("job"))

    def _require_needed(self, rows: Sequence[Row], queued: Collection[str]) -> None:
        """Raise ValueError if a run needs one that is not submitted with it, queued or finished."""
        comes = {(self.suite.name, slot) for slot in [*queued, *(row.slot for row in rows)]}
        for row in rows:
            for wanted in row.model.needs:
                if (wanted.suite, wanted.slot(row.seed)) not in comes:
                    needed_file(self.layout, row, wanted)

    def _command(self, plan: Path, chunk: Sequence[Row], after: Sequence[str]) -> list[str]:
        return array_command(
            self.layout,
            self.suite,
            plan,
            len(chunk),
            chunk[0].model.devices,
            self.partition,
            self.at_once,
            self.extra,
            after,
        )

    def _submit(self, plan: Path, chunk: Sequence[Row], after: Sequence[str]) -> None:
        where = {"root": str(self.layout.root), "home": str(self.layout.base)}
        content = {**where, "suite": self.layout.spoken(self.suite.name)}
        write_record(plan, {**content, "slots": [row.slot for row in chunk]})
        command = self._command(plan, chunk, after)
        environment = self.layout.environment(1)
        done = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
        if done.returncode != 0:
            raise ValueError(f"sbatch refused: {done.stderr.strip()}\ncommand: {shlex.join(command)}")
        job = done.stdout.strip().split(";")[0]
        self.submitted.append(job)
        for index, row in enumerate(chunk):
            RunDir.of(self.layout, self.suite, row).update(phase="queued", job=f"{job}_{index}", message="")
        released = subprocess.run(["scontrol", "release", job], capture_output=True, text=True, check=False)
        if released.returncode != 0:
            raise ValueError(f"job {job} stays on hold: {released.stderr.strip()}")
