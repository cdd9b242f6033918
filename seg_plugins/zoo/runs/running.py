"""The run of a suite's rows on this machine, with a live table."""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any

from rich.console import Console

from seg_plugins.config.option_keys import check_option_keys
from seg_plugins.config.tool_command import tool_command

from ..suites.config_hash import resolved_config
from ..suites.layout import Layout
from ..suites.model import TESTED
from ..suites.record import read_record, read_records
from ..suites.suite import Row, Suite
from ..tables.verify import band_of
from .collect import build_record
from .display import Display
from .local_launcher import LocalLauncher
from .run_dir import RunDir
from .status import RowStatus, eta_seconds, explain_needs, row_status, suite_status

__all__ = ["check_needs", "require_data", "rerun", "run_local", "to_do"]


def require_data(layout: Layout, suite: Suite) -> None:
    """Raise FileNotFoundError if the data of a config are missing, before anything runs."""
    for model in suite.models:
        config = resolved_config(layout.config(model.config), model.options)
        root = config.get("data_root")
        if not root or (layout.base / root).is_dir():
            continue
        where = f"suite {suite.name}: {model.config} needs {layout.base / root}, which does not exist"
        if layout.is_own(model.config):
            raise FileNotFoundError(
                f"{where}: start this in the folder that data_root is relative to (this is {layout.base}), "
                f"or write an absolute path in {layout.config(model.config)}"
            )
        target = root if layout.home is None else layout.base / root
        raise FileNotFoundError(f"{where}: {tool_command('prepare_dataset', model.data, '--out', target)}")


def check_needs(layout: Layout, suite: Suite) -> None:
    """Raise ValueError if a config has no key for a needed checkpoint, before anything runs."""
    for model in suite.models:
        path = layout.config(model.config)
        for need in model.needs:
            if need.option in ("load_from", TESTED):
                continue
            where = f"suite {suite.name}: {model.line} needs {need.line} as {need.option}"
            try:
                check_option_keys(resolved_config(path, model.options), {need.option: ""})
                resolved_config(path, {**model.options, need.option: "weights.pth"})
            except ValueError as error:
                raise ValueError(f"{where}: {str(error).removeprefix('--cfg-options ')}") from error
            except (TypeError, KeyError, AttributeError, AssertionError) as error:
                holder = need.option.rpartition(".")[0]
                raise ValueError(
                    f"{where}, and {path} has nothing at {holder} to hold it: write a key that it "
                    f"has, or set {holder} in the row's options"
                ) from error


def to_do(layout: Layout, suite: Suite, only: Iterable[str] = (), fresh: bool = False) -> list[Row]:
    """Return the rows that have no record of the present config.

    Args:
        layout: The checkout.
        suite: The suite.
        only: Slots to restrict to; empty means all.
        fresh: Include rows with a record; an interrupted fresh pass continues with the rest.
    """
    wanted = [suite.row(slot) for slot in only] or suite.rows
    if fresh:
        return _fresh(layout, suite, wanted)
    records = read_records(layout.results(suite.name))
    done = {s.row.slot for s in suite_status(layout, suite, records) if s.phase == "done"}
    return [row for row in wanted if row.slot not in done]


def _fresh(layout: Layout, suite: Suite, wanted: list[Row]) -> list[Row]:
    """Return rows not yet done in the present fresh pass; a file keeps the pass until all are done."""
    mark = layout.work / suite.name / ".fresh"
    if not mark.exists():
        mark.parent.mkdir(parents=True, exist_ok=True)
        for row in wanted:
            RunDir.of(layout, suite, row).set_aside()
        mark.touch()
    left = [r for r in wanted if RunDir.of(layout, suite, r).read("state").get("phase") != "done"]
    if not left:
        mark.unlink()
        return _fresh(layout, suite, wanted)
    return left


class Look:
    """The state of a suite's runs while a launcher works on some of them.

    Args:
        layout: The checkout.
        suite: The suite.
        rows: The launcher's rows.
        launcher: The launcher.
    """

    def __init__(self, layout: Layout, suite: Suite, rows: list[Row], launcher: LocalLauncher) -> None:
        self.layout, self.suite, self.rows, self.launcher = layout, suite, rows, launcher
        slots = {row.slot for row in rows}
        self.records = read_records(layout.results(suite.name))
        self.others = [RowStatus(row, "done") for row in suite.rows if row.slot not in slots]

    def __call__(self) -> tuple[list[RowStatus], float | None]:
        """Return the state of every run, and the seconds left in total."""
        statuses = []
        for row in self.rows:
            record = None
            if self.launcher.finished.get(row.slot) == "done":
                record = self._record(row)
            statuses.append(row_status(self.layout, self.suite, row, record))
        statuses = explain_needs(self.layout, self.suite, statuses)
        left = eta_seconds(statuses, self.records, self.launcher.jobs)
        return statuses + [s for s in self.others if s.row.slot in self.records], left

    def _record(self, row: Row) -> dict[str, Any] | None:
        path = self.layout.results(self.suite.name) / f"{row.slot}.json"
        if row.slot not in self.records and path.exists():
            self.records[row.slot] = read_record(path)
        return self.records.get(row.slot)


def run_local(
    layout: Layout, suite: Suite, rows: list[Row], launcher: LocalLauncher, console: Console
) -> int:
    """Run rows on this machine with a live table; return 1 if any failed, otherwise 0.

    Args:
        layout: The checkout.
        suite: The suite.
        rows: Rows to run.
        launcher: Launcher that runs them.
        console: Console of the table.
    """
    look = Look(layout, suite, rows, launcher)
    with Display(console, suite.metrics[0], look) as display:
        launcher.on_change = lambda row, phase, message: display.event(row.slot, phase, message)
        launcher.run(rows, display.tick)
    failed = sorted(slot for slot, phase in launcher.finished.items() if phase == "failed")
    done = sum(phase == "done" for phase in launcher.finished.values())
    left = sum(phase == "not run" for phase in launcher.finished.values())
    rest = f", {left} not run" if left else ""
    console.print(
        f"{done} of {len(rows)} runs done, {len(failed)} failed{rest}; logs in {layout.work / suite.name}",
        markup=False,
    )
    return 1 if failed else 0


def rerun(layout: Layout, suite: Suite, slot: str, threads: int, console: Console) -> int:
    """Train one row again, apart from its record, and compare it with its band; return 1 outside it.

    Args:
        layout: The checkout.
        suite: The suite.
        slot: The row.
        threads: Threads of the run.
        console: Console to print on.
    """
    records = read_records(layout.results(suite.name))
    row = suite.row(slot)
    low, high = band_of(suite, row, records)
    require_data(layout, suite)
    apart = replace(suite, name=f"verify/{suite.name}")
    run = RunDir.of(layout, apart, row)
    run.set_aside()
    launcher = LocalLauncher(apart, layout, 1, threads, on_done=lambda row: None)
    with Display(console, suite.metrics[0], Look(layout, apart, [row], launcher)) as display:
        launcher.on_change = lambda row, phase, message: display.event(row.slot, phase, message)
        launcher.run([row], display.tick)
    if launcher.finished[slot] != "done":
        return 1
    figure = build_record(layout, run, row)["metrics"][suite.metrics[0]]
    word = "within" if low <= figure <= high else "OUTSIDE"
    before = records.get(slot, {}).get("metrics", {}).get(suite.metrics[0])
    text = f"{slot}: {suite.metrics[0]} {figure:.2f}, {word} {low:.2f} to {high:.2f}"
    console.print(
        text + (f" (record: {before:.2f})" if before is not None else ""), highlight=False, markup=False
    )
    return 0 if low <= figure <= high else 1
