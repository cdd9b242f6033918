import io
import itertools
from types import SimpleNamespace

from rich.console import Console

from seg_plugins.zoo.runs.display import Display, status_entry, status_table
from seg_plugins.zoo.runs.progress import Progress
from seg_plugins.zoo.runs.status import RowStatus
from seg_plugins.zoo.suites.suite import load_suite


def text_of(renderable):
    console = Console(file=io.StringIO(), width=120)
    console.print(renderable)
    return console.file.getvalue()


def test_the_table_shows_state_iteration_eta_and_figure_and_cuts_what_waits(layout):
    rows = load_suite(layout, "toy").rows
    statuses = [RowStatus(row, "waiting") for row in rows[:3]]
    statuses.append(RowStatus(rows[3], "train", Progress(50, 100, 125.0, 41.27)))
    text = text_of(status_table(statuses, "mIoU", most=2))
    assert "50/100" in text and "2 min 05 s" in text and "41.27" in text and "... and 2 more" in text


def test_without_a_terminal_one_line_per_half_minute(layout, monkeypatch):
    clock = itertools.count(0.0, 1.0)
    monkeypatch.setattr("seg_plugins.zoo.runs.display.time", SimpleNamespace(monotonic=lambda: next(clock)))
    rows = load_suite(layout, "toy").rows
    console = Console(file=io.StringIO(), width=120)
    with Display(console, "mIoU", lambda: ([RowStatus(rows[0], "train")], 60.0)) as display:
        for _ in range(60):
            display.tick()
        display.event("row", "failed", "why [brackets]")
    line = "1 runs: 1 train; ETA 1 min 00 s\n"
    assert console.file.getvalue() == line + line + "row: failed\nwhy [brackets]\n"


def test_a_terminal_gets_a_live_table(layout):
    rows = load_suite(layout, "toy").rows
    console = Console(file=io.StringIO(), width=120, height=20, force_terminal=True)
    with Display(console, "mIoU", lambda: ([RowStatus(rows[0], "train", Progress(7, 10))], None)) as display:
        display.tick()
    assert "7/10" in console.file.getvalue() and rows[0].slot in console.file.getvalue()


def test_what_a_program_reads_of_a_run(layout):
    row = load_suite(layout, "toy").rows[0]
    entry = status_entry(RowStatus(row, "train", Progress(5, 10, 2.5, 41.0)), "mIoU")
    assert entry == {
        "run": row.slot,
        "phase": "train",
        "message": "",
        "iteration": 5,
        "iterations": 10,
        "seconds_left": 2.5,
        "mIoU": 41.0,
    }


def test_a_narrow_terminal_cuts_no_name(layout):
    status = RowStatus(load_suite(layout, "toy").rows[0], "done")
    file = io.StringIO()
    Console(file=file, width=30, force_terminal=False).print(status_table([status], "mIoU"))
    column = "".join(line[:30].split()[0] for line in file.getvalue().splitlines()[1:] if line.strip())
    assert column == status.row.slot
