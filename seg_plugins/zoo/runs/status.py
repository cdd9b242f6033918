"""The state of every run of a suite."""

import os
import socket
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from typing import Any

from seg_plugins.config.tool_command import tool_command

from ..suites.config_hash import current_hashes, resolved_config, rule_of
from ..suites.layout import Layout
from ..suites.record import line_name
from ..suites.suite import Model, Row, Suite
from ..suites.weights import changed_weights
from .progress import Progress, last_progress
from .run_dir import RunDir

__all__ = [
    "RowStatus",
    "count_line",
    "eta_seconds",
    "explain_needs",
    "next_steps",
    "row_status",
    "suite_status",
]


ENDED = {"BOOT_FAIL", "COMPLETED", "DEADLINE", "FAILED", "NODE_FAIL", "OUT_OF_MEMORY", "TIMEOUT"}
Queue = Callable[[], Mapping[str, str] | None]


@dataclass(frozen=True)
class RowStatus:
    """The state of one run.

    Attributes:
        row: The run.
        phase: `done` (has a record), `stale` (has a record of another version of the config), `finished`
            (waits to
            be collected), `train`, `test`, `queued`, `failed`, `interrupted`, `waiting`, `cancelled` (removed
            from
            the cluster's queue) or `not run` (a run that it needs failed).
        progress: Iteration, time left, last figure.
        message: Reason of a failure with the end of the log, what the run waits for, or why it is not run.
    """

    row: Row
    phase: str
    progress: Progress = field(default_factory=Progress)
    message: str = ""


def total_iterations(layout: Layout, model: Model) -> int:
    """Return the last iteration of a model's schedule; 0 if it counts epochs or nothing is trained."""
    if not model.trains:
        return 0
    config = resolved_config(layout.config(model.config), model.options)
    return int((config.get("train_cfg") or {}).get("max_iters") or 0)


def _process_lives(state: Mapping[str, Any], run: RunDir) -> bool:
    if state.get("host", socket.gethostname()) != socket.gethostname() or "pid" not in state:
        return True
    try:
        os.kill(state["pid"], 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        pass
    return True


def row_status(
    layout: Layout,
    suite: Suite,
    row: Row,
    record: Mapping[str, Any] | None,
    queue: Queue = lambda: None,
) -> RowStatus:
    """Determine the state of one run from its record or its work directory.

    Args:
        layout: The checkout.
        suite: The suite.
        row: The run.
        record: Its record, if there is one.
        queue: Function that returns the states of the cluster's jobs by job id, or None without a cluster;
            called only for runs of a cluster.
    """
    if record is not None:
        steps = record.get("iterations") or 0
        return RowStatus(row, "done", Progress(steps, steps, None, record["metrics"].get(suite.metrics[0])))
    run = RunDir.of(layout, suite, row)
    state = run.read("state")
    if not state:
        return RowStatus(row, "waiting")
    phase, message = state.get("phase", "waiting"), state.get("message", "")
    if "job" in state and phase in {"queued", "train", "test"}:
        states = queue()
        word = "" if states is None else states.get(state["job"], "GONE")
        if word == "CANCELLED" or (word == "GONE" and phase == "queued"):
            message = f"job {state['job']} was cancelled; the same command submits the run again"
            return RowStatus(row, "cancelled", message=message)
        if word == "GONE" or word in ENDED:
            lines = "\n".join([f"job {state['job']} is no longer in the queue ({word})", *run.last_lines()])
            return RowStatus(row, "failed", message=lines)
        if word == "PENDING":
            phase = "queued"
        elif word and phase == "queued":
            phase = "train"
    elif phase in {"train", "test"} and not _process_lives(state, run):
        phase, message = "interrupted", "its process is gone; the same command continues it"
    if phase == "done":
        phase = "finished"
    progress = last_progress(run.path, total_iterations(layout, row.model), suite.metrics[0])
    if phase == "finished" and progress.total:  # the log need not have a line for the last step
        progress = replace(progress, iteration=progress.total, seconds_left=None)
    return RowStatus(row, phase, progress, message)


def suite_status(
    layout: Layout,
    suite: Suite,
    records: Mapping[str, Mapping[str, Any]],
    queue: Queue = lambda: None,
) -> list[RowStatus]:
    """Return the state of every run, in order; records of changed configs or weights are `stale`."""
    hash_of, weights_changed = current_hashes(layout), changed_weights(layout)
    statuses = []
    for row in suite.rows:
        record = records.get(row.slot)
        if record is not None and record["config_hash"] != hash_of(row, rule_of(record)):
            statuses.append(RowStatus(row, "stale", message="its config has changed since: run it again"))
        elif record is not None and (change := weights_changed(row, record)):
            statuses.append(RowStatus(row, "stale", message=f"{change}: run it again"))
        else:
            statuses.append(row_status(layout, suite, row, record, queue))
    return explain_needs(layout, suite, statuses)


def explain_needs(layout: Layout, suite: Suite, statuses: list[RowStatus]) -> list[RowStatus]:
    """State, for runs that have not begun, what they wait for or which failed run stops them.

    Args:
        layout: The checkout.
        suite: The suite.
        statuses: The states of its runs.
    """
    known = {status.row.slot: status for status in statuses}

    @cache
    def explained(slot: str) -> RowStatus:
        status, open_needs = known[slot], []
        if status.phase not in {"waiting", "queued", "cancelled"}:
            return status
        for need in status.row.model.needs:
            other = need.slot(status.row.seed)
            if need.suite != suite.name:
                state = RunDir(layout.work / need.suite / other).read("state")
                open_needs += [f"{other} of suite {need.suite}"] if state.get("phase") != "done" else []
            elif other in known:
                parent = explained(other)
                if parent.phase in {"failed", "cancelled"}:
                    return replace(status, phase="not run", message=f"{other} {parent.phase}")
                if parent.phase == "not run":
                    return replace(status, phase="not run", message=parent.message)
                open_needs += [other] if parent.phase not in {"done", "finished"} else []
        if open_needs and status.phase != "cancelled":
            return replace(status, message=f"waiting for {', '.join(open_needs)}")
        return status

    return [explained(status.row.slot) for status in statuses]


def eta_seconds(
    statuses: list[RowStatus], records: Mapping[str, Mapping[str, Any]], jobs: int
) -> float | None:
    """Estimate the seconds until a suite is done from its finished runs; None before the first figures.

    Args:
        statuses: The states of all runs.
        records: Records by slot; their `wall_seconds` estimate the runs of the same model.
        jobs: Runs at a time.
    """
    by_model: dict[str, list[float]] = {}
    for record in records.values():
        if record.get("wall_seconds"):
            by_model.setdefault(line_name(record["config"], record.get("variant")), []).append(
                record["wall_seconds"]
            )
    means = {line: sum(times) / len(times) for line, times in by_model.items()}
    left, unknown = 0.0, 0
    for status in statuses:
        if status.phase in {"done", "failed", "finished", "not run", "cancelled"}:
            continue
        if status.progress.seconds_left is not None:
            left += status.progress.seconds_left
        elif status.row.model.line in means:
            left += means[status.row.model.line]
        else:
            unknown += 1
    known = list(means.values()) or [s.progress.seconds_left for s in statuses if s.progress.seconds_left]
    if unknown and not known:
        return None
    if unknown:
        left += unknown * sum(known) / len(known)
    return left / max(1, jobs)


def count_line(statuses: list[RowStatus]) -> str:
    """Count the runs in each phase, in words."""
    counts = Counter(status.phase for status in statuses)
    return f"{len(statuses)} runs: " + ", ".join(f"{n} {phase}" for phase, n in sorted(counts.items()))


def next_steps(statuses: list[RowStatus], suite: str) -> list[str]:
    """List the commands to type next, given the states; `suite` is its name on the command line."""
    phases = {status.phase for status in statuses}
    lines = []
    if "finished" in phases:
        lines.append(f"write the records of finished runs: {tool_command('benchmark', 'collect', suite)}")
    if phases & {"cancelled", "failed", "interrupted", "not run", "stale", "waiting"}:
        lines.append(f"run the rest: {tool_command('benchmark', 'run', suite)}")
    return lines
