"""One member of a suite's array, started by `job.sbatch` on the first node of its allocation.

`python -m seg_plugins.cluster.member PLAN INDEX` trains and tests the run with that index in the plan, each
as
a step with one task per GPU, and keeps the state of the run. If a signal asks the run to stop, it ends with
code 85,
and `job.sbatch` requeues it.
"""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

from seg_plugins.config.exit_codes import EXIT_RESUMABLE
from seg_plugins.zoo.runs.provenance import gpu_names
from seg_plugins.zoo.runs.run_dir import RunDir
from seg_plugins.zoo.runs.tool_commands import test_command, train_command
from seg_plugins.zoo.suites.layout import Layout
from seg_plugins.zoo.suites.suite import load_suite

__all__ = ["main", "run_member"]

STOPPED = (EXIT_RESUMABLE, *(128 + number for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2)))


def run_member(layout: Layout, suite_name: str, slot: str) -> int:
    """Train and test one run, and return its exit code.

    Args:
        layout: The checkout.
        suite_name: The suite.
        slot: The run.
    """
    suite = load_suite(layout, suite_name)
    row = suite.row(slot)
    run = RunDir.of(layout, suite, row)
    cores = int(os.environ.get("SLURM_CPUS_PER_TASK", "1"))
    array = (os.environ.get("SLURM_ARRAY_JOB_ID"), os.environ.get("SLURM_ARRAY_TASK_ID"))
    job = "_".join(filter(None, array)) or os.environ.get("SLURM_JOB_ID", "")
    try:
        gpus = gpu_names() * int(os.environ.get("SLURM_NNODES", "1"))  # all nodes have the same GPUs
        run.begin(layout, suite, row, cores, gpus)
        for phase in ("train", "test"):
            if phase == "train" and (run.read("state").get("trained") or not row.model.trains):
                continue
            command = (train_command if phase == "train" else test_command)(layout, row, run)
            run.update(phase=phase, job=job, world_size=int(os.environ.get("SLURM_NTASKS", "1")), message="")
            code = _step(layout, run, command, cores)
            if code != 0:
                _ended(run, phase, code)
                return code
            run.update(**({"trained": True} if phase == "train" else {"phase": "done"}))
    except (ValueError, OSError) as error:
        run.update(phase="failed", message=str(error), job=job)
        print(f"{slot}: {error}", file=sys.stderr)
        return 2
    return 0


def _step(layout: Layout, run: RunDir, command: list[str], cores: int) -> int:
    started = time.monotonic()
    words = ["srun", "--kill-on-bad-exit=1", "--export=ALL", sys.executable, *command, "--launcher", "slurm"]
    with open(run.log, "ab") as log:
        done = subprocess.run(
            words,
            cwd=layout.base,
            env=layout.environment(cores),
            stdout=log,
            stderr=subprocess.STDOUT,
            check=False,
        )
    before = run.read("state").get("wall_seconds", 0)
    run.update(wall_seconds=round(before + time.monotonic() - started, 3))
    return done.returncode


def _ended(run: RunDir, phase: str, code: int) -> None:
    if code in STOPPED:
        run.update(phase="queued", message="stopped by a signal; continues when the queue starts it again")
    else:
        lines = [f"{phase} ended with code {code}", *run.last_lines()]
        run.update(phase="failed", message="\n".join(lines))
        print("\n".join(lines), file=sys.stderr)


def main() -> int:
    """Run the member that the command line names, and return its exit code."""
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2):
        signal.signal(
            number, lambda *_: None
        )  # the step gets the signal too, saves and ends; this process waits for it
    plan = json.loads(Path(sys.argv[1]).read_bytes())
    layout, suite = Layout.of_suite(Path(plan["root"]), plan["suite"], Path(plan.get("home", plan["root"])))
    return run_member(layout, suite, plan["slots"][int(sys.argv[2])])


if __name__ == "__main__":
    sys.exit(main())
