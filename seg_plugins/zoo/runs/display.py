"""The live table of a suite; without a terminal, one plain line per half minute."""

import time
from collections.abc import Callable
from types import TracebackType
from typing import Any

from rich.console import Console, Group
from rich.live import Live
from rich.markup import escape
from rich.table import Column, Table
from rich.text import Text

from .status import RowStatus, count_line

__all__ = ["Display", "duration", "status_entry", "status_table"]

STYLES = {
    "done": "green",
    "failed": "red",
    "stale": "yellow",
    "not run": "yellow",
    "cancelled": "yellow",
    "train": "cyan",
    "test": "cyan",
}
PLAIN_EVERY_S = 30.0
MOST_LINES = 40


def duration(seconds: float | None) -> str:
    """Format a duration.

    >>> duration(4000), duration(75), duration(None)
    ('1 h 06 min', '1 min 15 s', '-')
    """
    if seconds is None:
        return "-"
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return (
        f"{hours} h {minutes:02d} min" if hours else f"{minutes} min {rest:02d} s" if minutes else f"{rest} s"
    )


def state_words(status: RowStatus) -> str:
    """Describe the state of a run: its phase, what it waits for, or why it is not run."""
    if status.phase == "waiting":
        return status.message or status.phase
    if status.phase == "queued" and status.message.startswith("waiting"):
        return f"queued, {status.message}"
    return f"{status.phase}: {status.message}" if status.phase == "not run" else status.phase


def status_table(statuses: list[RowStatus], metric: str, most: int = MOST_LINES) -> Table:
    """Build the table of every run's state, iteration, time left and last figure.

    Finished and waiting runs are cut first.

    Args:
        statuses: State of every run.
        metric: Figure in the last column.
        most: Largest number of lines.
    """
    run = Column("run", overflow="fold")  # never shortened, so that it can be copied
    table = Table(run, "state", "iteration", "ETA", metric, box=None)
    last = {"queued": 3, "waiting": 4, "done": 4}
    first = {"failed": 0, "train": 1, "test": 1}
    shown = sorted(statuses, key=lambda s: {**last, **first}.get(s.phase, 2))[:most]
    for status in shown:
        progress = status.progress
        where = f"{progress.iteration}/{progress.total or '?'}" if progress.iteration else ""
        figure = "" if progress.metric is None else f"{progress.metric:.2f}"
        left = duration(progress.seconds_left) if status.phase == "train" else ""
        state = Text(state_words(status), style=STYLES.get(status.phase, ""))
        table.add_row(escape(status.row.slot), state, where, left, figure)
    if len(statuses) > len(shown):
        table.add_row(f"... and {len(statuses) - len(shown)} more")
    return table


def status_entry(status: RowStatus, metric: str) -> dict[str, Any]:
    """Return a table line for programs: times in seconds, None for unknown values."""
    progress = status.progress
    return {
        "run": status.row.slot,
        "phase": status.phase,
        "message": status.message,
        "iteration": progress.iteration,
        "iterations": progress.total or None,
        "seconds_left": progress.seconds_left,
        metric: progress.metric,
    }


class Display:
    """Show a suite while it runs.

    Args:
        console: Console to draw on.
        metric: Figure shown for every run.
        look: Function that returns the state of every run and the seconds left in total.
    """

    def __init__(
        self, console: Console, metric: str, look: Callable[[], tuple[list[RowStatus], float | None]]
    ) -> None:
        self.console = console
        self.metric = metric
        self.look = look
        self.next_look = 0.0
        self.live = Live(console=console, auto_refresh=False) if console.is_terminal else None

    def __enter__(self) -> "Display":
        if self.live:
            self.live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.live:
            self.next_look = 0.0
            self.tick()
            self.live.stop()

    def tick(self) -> None:
        """Redraw if it is time: every second on a terminal, otherwise every half minute."""
        now = time.monotonic()
        if now < self.next_look:
            return
        statuses, left = self.look()
        line = f"{count_line(statuses)}; ETA {duration(left)}"
        if self.live:
            self.next_look = now + 1.0
            room = max(5, self.console.height - 4)
            self.live.update(Group(status_table(statuses, self.metric, room), Text(line)), refresh=True)
        else:
            self.next_look = now + PLAIN_EVERY_S
            self.console.print(line, highlight=False, soft_wrap=True)

    def event(self, slot: str, phase: str, message: str) -> None:
        """Report that a run changed its phase; a failure comes with its reason."""
        if phase == "failed" or not self.live:
            gap = ": " if phase == "not run" else "\n"
            text = f"{slot}: {phase}{gap}{message}" if message else f"{slot}: {phase}"
            self.console.print(text, style=STYLES.get(phase), highlight=False, markup=False, soft_wrap=True)
        self.next_look = min(self.next_look, time.monotonic() + (0 if self.live else PLAIN_EVERY_S))
