"""Runs of a suite on this machine: `tools/train.py`, then `tools/test.py`, or the test only."""

import os
import shlex
import signal
import subprocess
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import TYPE_CHECKING

from ..suites.layout import Layout
from ..suites.suite import Row, Suite
from .devices import Gpu, command_line, device_variables, gpus_of_suite, require_devices
from .run_dir import RunDir
from .tool_commands import test_command, train_command

if TYPE_CHECKING:
    from seg_plugins.runners.work_dir_lock import WorkDirLock

__all__ = ["LocalLauncher"]

PATIENCE_S = 120  # how long an interrupted run may take to save
POLL_S = 0.3


@dataclass
class RunningRow:
    """A run in progress."""

    row: Row
    run: RunDir
    claim: "WorkDirLock"
    phase: str
    process: subprocess.Popen[bytes]
    gpus: list[Gpu]
    started: float = field(default_factory=time.monotonic)


@dataclass
class LocalLauncher:
    """Run rows as processes of this machine, as many for each run as its config's name says (`4xb2`: four).

    On a machine with GPUs, each process has its own GPU, and a run waits until enough are free. On a machine
    without, the processes of a run share the CPU and its threads.

    Attributes:
        suite: The suite.
        layout: The checkout.
        jobs: Runs at a time.
        threads: Threads of each run, for all its processes.
        restart: Rename a work directory that does not match, instead of refusing it.
        on_done: Function that is called with every trained and tested run; it writes the record.
        on_change: Function that is called with row, phase and message if a run changes its phase.
        gpus: GPUs for the runs, including those in use; None stands for `gpus_of_suite`.
        finished: Phases of the ended runs: done, failed, interrupted or not run.
        causes: For each run that was not run, by slot, the failed run that it needs.
    """

    suite: Suite
    layout: Layout
    jobs: int
    threads: int
    on_done: Callable[[Row], object]
    restart: bool = False
    on_change: Callable[[Row, str, str], None] = lambda row, phase, message: None
    gpus: list[Gpu] | None = None
    running: list[RunningRow] = field(default_factory=list)
    finished: dict[str, str] = field(default_factory=dict)
    causes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.gpus = gpus_of_suite(self.suite) if self.gpus is None else self.gpus

    def free_gpus(self) -> list[Gpu]:
        """Return the GPUs that no run uses."""
        used = [gpu for job in self.running for gpu in job.gpus]
        return [gpu for gpu in self.gpus if gpu not in used]

    def has_place(self, row: Row) -> bool:
        """Test whether a run can start now. A run that never can does start, and fails with the reason."""
        wanted = row.model.devices if self.gpus else 0
        return len(self.running) < self.jobs and (wanted <= len(self.free_gpus()) or wanted > len(self.gpus))

    def run(self, rows: Sequence[Row], tick: Callable[[], None] = lambda: None) -> dict[str, str]:
        """Run rows to their end. A failed run stops those that need it, and no others.

        Args:
            rows: The runs, in order. A run that needs others of them begins when they are done.
            tick: Function that is called a few times per second, for the display.

        Returns:
            The phase that each row ended in, by slot.

        Raises:
            KeyboardInterrupt: Ctrl-C or SIGTERM arrived; the runs have saved and ended.
        """
        waiting = list(rows)
        before = signal.signal(signal.SIGTERM, _interrupt)
        try:
            while waiting or self.running:
                self._start_ready(waiting)
                for job in list(self.running):
                    self._poll(job)
                tick()
                time.sleep(POLL_S)
        except KeyboardInterrupt:
            self._stop()
            raise
        finally:
            signal.signal(signal.SIGTERM, before)
        return self.finished

    def plan(self, rows: Sequence[Row]) -> list[str]:
        """List the rows that begin only after other rows."""
        slots = {row.slot for row in rows}
        waits = {row.slot: [slot for slot in row.needed(self.suite.name) if slot in slots] for row in rows}
        return [f"{slot} begins after {', '.join(after)}" for slot, after in waits.items() if after]

    def _start_ready(self, waiting: list[Row]) -> None:
        """Start runs that wait for no other run while devices are free, and remove them from the list."""
        unfinished = {row.slot for row in waiting} | {job.row.slot for job in self.running}
        for row in list(waiting):
            needed = row.needed(self.suite.name)
            failed = next((slot for slot in needed if self.finished.get(slot, "done") != "done"), None)
            if failed is not None:
                why = self.causes.get(failed, f"{failed} {self.finished[failed]}")
                self.causes[row.slot] = why
                waiting.remove(row)
                self._end(row, "not run", why)
            elif unfinished.isdisjoint(needed):
                if not self.has_place(row):
                    return
                waiting.remove(row)
                self._start(row)

    def _start(self, row: Row) -> None:
        run = RunDir.of(self.layout, self.suite, row)
        gpus = self.free_gpus()[: row.model.devices]
        begin = partial(
            run.begin, self.layout, self.suite, row, self.threads_of(row), [gpu.name for gpu in gpus]
        )
        try:
            require_devices(row.model, len(self.gpus))
            claim = run.claim()
        except ValueError as error:
            self._end(row, "failed", str(error))
            return
        try:
            try:
                begin()
            except ValueError:
                if not self.restart:
                    raise
                claim.release()
                run.set_aside()
                claim = run.claim()
                begin()
            phase = "test" if run.read("state").get("trained") or not row.model.trains else "train"
            job = RunningRow(row, run, claim, phase, self._spawn(row, run, phase, gpus), gpus)
        except (ValueError, OSError) as error:
            claim.release()
            self._end(row, "failed", str(error))
            return
        self.running.append(job)
        self.on_change(row, phase, "")

    def threads_of(self, row: Row) -> int:
        """Return the number of threads of each process of a run."""
        return max(1, self.threads // row.model.devices)

    def _spawn(self, row: Row, run: RunDir, phase: str, gpus: list[Gpu]) -> subprocess.Popen[bytes]:
        command = (train_command if phase == "train" else test_command)(self.layout, row, run)
        processes, threads = row.model.devices, self.threads_of(row)
        command = command_line(command, processes)
        with open(run.log, "ab") as log:
            log.write(f"$ {shlex.join(command[1:])}\n".encode())
            log.flush()
            process = subprocess.Popen(
                command,
                cwd=self.layout.base,
                env={**self.layout.environment(threads), **device_variables(gpus)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
        run.update(phase=phase, pid=process.pid, threads=threads, world_size=processes, message="")
        return process

    def _poll(self, job: RunningRow) -> None:
        pid, status, usage = os.wait4(job.process.pid, os.WNOHANG)
        if pid == 0:
            return
        code = job.process.returncode = os.waitstatus_to_exitcode(status)
        state = job.run.read("state")
        job.run.update(
            memory_mib=max(state.get("memory_mib", 0), usage.ru_maxrss // 1024),
            wall_seconds=round(state.get("wall_seconds", 0) + time.monotonic() - job.started, 3),
        )
        if code != 0:
            message = "\n".join([f"{job.phase} ended with code {code}", *job.run.last_lines()])
            job.run.update(phase="failed", message=message)
            self._finish(job, "failed", message)
        elif job.phase == "train":
            self._go_on_to_test(job)
        else:
            self._collect(job)

    def _go_on_to_test(self, job: RunningRow) -> None:
        job.run.update(trained=True)
        job.phase, job.started = "test", time.monotonic()
        try:
            job.process = self._spawn(job.row, job.run, "test", job.gpus)
            self.on_change(job.row, "test", "")
        except (ValueError, OSError) as error:
            job.run.update(phase="failed", message=str(error))
            self._finish(job, "failed", str(error))

    def _collect(self, job: RunningRow) -> None:
        job.run.update(phase="done")
        try:
            self.on_done(job.row)
            self._finish(job, "done", "")
        except (ValueError, OSError) as error:
            job.run.update(phase="failed", message=str(error))
            self._finish(job, "failed", str(error))

    def _finish(self, job: RunningRow, phase: str, message: str) -> None:
        self.running.remove(job)
        job.claim.release()
        self._end(job.row, phase, message)

    def _end(self, row: Row, phase: str, message: str) -> None:
        self.finished[row.slot] = phase
        self.on_change(row, phase, message)

    def _stop(self) -> None:
        """Ask all runs to save and end; kill those that have not after two minutes, or on a second Ctrl-C."""
        for job in self.running:
            _signal(job.process, signal.SIGTERM)
        try:
            for job in self.running:
                job.process.wait(PATIENCE_S)
        except (KeyboardInterrupt, subprocess.TimeoutExpired):
            for job in self.running:
                _signal(job.process, signal.SIGKILL)
                job.process.wait()
        for job in list(self.running):
            job.run.update(phase="interrupted", message="interrupted; the same command continues it")
            self._finish(job, "interrupted", "")


def _interrupt(number: int, frame: object) -> None:
    raise KeyboardInterrupt


def _signal(process: subprocess.Popen[bytes], number: int) -> None:
    if process.poll() is None:
        os.killpg(process.pid, number)
