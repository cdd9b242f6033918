"""The subcommands of `tools/benchmark.py`: run, status, collect, table, verify."""

import argparse
import json
import time
from collections.abc import Callable, Mapping
from functools import cache, partial
from pathlib import Path
from typing import Any

from rich.console import Console

from seg_plugins.cluster.queue import job_states
from seg_plugins.cluster.submit import SlurmLauncher
from seg_plugins.config.tool_command import tool_command
from seg_plugins.files.atomic import write_text
from seg_plugins.zoo.runs.collect import collect_row, picture_path
from seg_plugins.zoo.runs.cost import known_costs, update_costs
from seg_plugins.zoo.runs.display import status_entry, status_table
from seg_plugins.zoo.runs.local_launcher import LocalLauncher
from seg_plugins.zoo.runs.plan import measured_throughput, show_plan
from seg_plugins.zoo.runs.run_dir import RunDir
from seg_plugins.zoo.runs.running import check_needs, require_data, rerun, run_local, to_do
from seg_plugins.zoo.runs.status import count_line, next_steps, suite_status
from seg_plugins.zoo.suites.layout import Layout
from seg_plugins.zoo.suites.record import read_records
from seg_plugins.zoo.suites.record_migration import migrate_records
from seg_plugins.zoo.suites.suite import Row, Suite, list_suites, load_suite
from seg_plugins.zoo.tables.class_order import class_order
from seg_plugins.zoo.tables.grid import render_grid_page
from seg_plugins.zoo.tables.markers import find_markers, marked_files, write_between
from seg_plugins.zoo.tables.page import render_table_page
from seg_plugins.zoo.tables.render import count, render_csv, render_latex, render_markdown
from seg_plugins.zoo.tables.survey import list_surveys, survey_grid, survey_picture
from seg_plugins.zoo.tables.table import build_table
from seg_plugins.zoo.tables.verify import marked_text, verify_all

from .quiet import quiet_output

__all__ = ["collect", "count_costs", "rehash", "rerun", "run", "show_status", "tables", "verify"]


def run(layout: Layout, suite: Suite, args: argparse.Namespace, cores: int, console: Console) -> int:
    """Run, submit or only plan the rows that have no record yet.

    Args:
        layout: The checkout.
        suite: The suite.
        args: The arguments of `tools/benchmark.py run`.
        cores: Cores that this machine offers.
        console: Console to print on.

    Raises:
        ValueError: The options contradict each other.
    """
    for name in ("jobs", "threads"):
        if (value := getattr(args, name)) is not None and value < 1:
            raise ValueError(f"--{name} is at least 1; got {value}")

    if args.price is not None and (args.price < 0 or not args.dry_run):
        raise ValueError("--price, at least 0, is the price of an hour for --dry-run")

    def write_record(row: Row) -> str:
        return collect_row(layout, suite, row, args.replace or args.fresh)

    launcher: LocalLauncher | SlurmLauncher
    if args.launcher == "slurm":
        launcher = SlurmLauncher(suite, layout, args.partition, args.jobs, args.sbatch_args)
    else:
        jobs = args.jobs or 1
        threads = args.threads or max(1, cores // jobs)
        launcher = LocalLauncher(suite, layout, jobs, threads, write_record, args.restart)
    check_needs(layout, suite)
    if args.dry_run:
        records = read_records(layout.results(suite.name))
        rows = to_do(layout, suite, args.rows) if not args.fresh else suite.rows
        throughput = measured_throughput(suite, _all_records(layout, suite, records))
        show_plan(layout, suite, rows, known_costs(layout), throughput, console, args.price)
        for line in launcher.plan(rows):
            console.print(line, highlight=False, soft_wrap=True, markup=False)
        require_data(layout, suite)  # as a run does
        return 0
    if args.fresh:
        require_data(layout, suite)  # before the pass begins
    rows = to_do(layout, suite, args.rows, args.fresh)
    if not rows:
        console.print(
            f"{suite.name}: every run has its record; --fresh runs them again", highlight=False, markup=False
        )
        return 0
    require_data(layout, suite)
    if isinstance(launcher, LocalLauncher):
        return run_local(layout, suite, rows, launcher, console)
    if not args.fresh:
        rows = _without_finished(layout, suite, rows, write_record, console)
    return _submit(layout, suite, rows, launcher, console) if rows else 0


def _without_finished(
    layout: Layout, suite: Suite, rows: list[Row], collect: Callable[[Row], str], console: Console
) -> list[Row]:
    """Write the records of runs that are finished already, and return the other rows."""
    left = []
    for row in rows:
        try:
            if RunDir.of(layout, suite, row).read("state").get("phase") != "done":
                raise ValueError
            collect(row)
        except (ValueError, OSError):  # such as another version of the config: the run reports it
            left.append(row)
    if count_done := len(rows) - len(left):
        line = f"{suite.name}: {count_done} runs were finished already; their records are written"
        console.print(line, highlight=False, markup=False)
    return left


def _submit(layout: Layout, suite: Suite, rows: list[Row], launcher: SlurmLauncher, console: Console) -> int:
    submitted = launcher.run(rows)
    if not submitted:
        console.print(
            f"{suite.name}: all {len(rows)} runs are in the queue already", highlight=False, markup=False
        )
        return 0
    name, jobs = layout.spoken(suite.name), ", ".join(launcher.submitted)
    console.print(
        f"{len(submitted)} runs submitted as job {jobs}; then: {tool_command('benchmark', 'status', name)}, "
        f"and {tool_command('benchmark', 'collect', name)}",
        highlight=False,
        markup=False,
        soft_wrap=True,
    )
    return 0


def _all_records(layout: Layout, suite: Suite, own: dict[str, dict[str, Any]]) -> list[dict[str, Any]]:
    """Return the records of this suite and of all others, from which a device's speed may be known."""
    others = [read_records(layout.results(name)) for name in list_suites(layout) if name != suite.name]
    return [*own.values(), *(record for records in others for record in records.values())]


def count_costs(layout: Layout, names: list[str], console: Console) -> None:
    """Measure parameters and FLOPs of all models of some suites."""
    configs = [model.config for name in names for model in load_suite(layout, name).models]
    costs = update_costs(layout, configs)
    for config in configs:
        cost = costs.get(config, {})
        figures = f"{count(cost.get('parameters'), 1e6, 2)} M, {count(cost.get('flops'), 1e9, 2)} GFLOPs"
        console.print(f"{config}: {figures}", highlight=False, markup=False)


def rehash(layout: Layout, names: list[str], console: Console, dry_run: bool) -> None:
    """Update the hashes of records whose configs provably did not change; report why others are left."""
    result = migrate_records(layout, names or list_suites(layout), write=not dry_run)
    for name, reason in result.left.items():
        console.print(f"{name}: unchanged: {reason}", highlight=False, markup=False, soft_wrap=True)
    done = "would get" if dry_run else "got"
    console.print(
        f"{len(result.rewritten)} records {done} the present hash, {len(result.current)} had it, "
        f"{len(result.left)} are unchanged",
        highlight=False,
        markup=False,
    )


def show_status(layout: Layout, suite: Suite, console: Console, as_json: bool = False) -> None:
    """Print the state of every run; a failure comes with the end of its log.

    Args:
        layout: The checkout.
        suite: The suite.
        console: Console to print on; if it is not a terminal, all runs are listed and no name is shortened.
        as_json: Print a JSON list with an entry for each run instead.
    """
    records = read_records(layout.results(suite.name))
    statuses = suite_status(layout, suite, records, partial(cache(job_states), True))
    if as_json:
        entries = [status_entry(status, suite.metrics[0]) for status in statuses]
        console.print(json.dumps(entries, indent=1), highlight=False, markup=False, soft_wrap=True)
        return
    if console.is_terminal:
        console.print(status_table(statuses, suite.metrics[0]))
    else:
        wide = Console(file=console.file, width=1000)
        wide.print(status_table(statuses, suite.metrics[0], len(statuses)))
    for status in statuses:
        if status.phase in {"failed", "stale", "interrupted", "cancelled"} and status.message:
            console.print(f"{status.row.slot}: {status.message}", markup=False, highlight=False)
    for line in [count_line(statuses), *next_steps(statuses, layout.spoken(suite.name))]:
        console.print(line, highlight=False, markup=False, soft_wrap=True)


def collect(layout: Layout, suite: Suite, console: Console, overwrite: bool) -> int:
    """Write records of all finished runs; return 1 if one was refused, otherwise 0."""
    refused = 0
    for row in suite.rows:
        run = RunDir.of(layout, suite, row)
        if run.read("state").get("phase") != "done":
            continue
        try:
            console.print(
                f"{row.slot}: {collect_row(layout, suite, row, overwrite)}", highlight=False, markup=False
            )
        except (ValueError, OSError) as error:
            refused = 1
            console.print(f"{row.slot}: refused: {error}", style="red", markup=False, highlight=False)
    return refused


def tables(layout: Layout, names: list[str], out: Path, console: Console) -> None:
    """Render suites as Markdown, CSV, LaTeX and HTML, and write the tables between markers.

    Args:
        layout: The checkout.
        names: Suites; empty means all.
        out: The folder for the rendered files.
        console: Console that reports the written files.
    """
    known = list_suites(layout)
    surveys = list_surveys(layout)
    for name in names or [*known, *surveys]:
        out.mkdir(parents=True, exist_ok=True)
        if name in surveys and name not in known:
            grid = survey_grid(layout, name)
            texts = {"md": grid.markdown(out), "html": render_grid_page(grid)}
            write_texts(out, name, texts, console)
            if picture := survey_picture(layout, name):
                write_text(*picture)
            continue
        suite = load_suite(layout, name)
        table = build_table(suite, read_records(layout.results(name)), known_costs(layout))
        with quiet_output():  # the order of classes needs mmseg
            page = render_table_page(
                table,
                lambda line, suite=suite: picture_path(layout, suite, line),
                partial(class_order, layout),
            )
        texts = {
            "md": render_markdown(table, layout.config, out),
            "csv": render_csv(table),
            "tex": render_latex(table),
            "html": page,
        }
        write_texts(out, name, texts, console)
    for path in marked_files(layout):
        marked = [m for m in find_markers(path) if not names or m.suite in names or m.suite not in known]
        if write_between(path, [(marker, marked_text(layout, marker)) for marker in marked]):
            console.print(f"{path.relative_to(layout.root)}: tables written", highlight=False, markup=False)


def write_texts(out: Path, name: str, texts: Mapping[str, str], console: Console) -> None:
    """Write a table in several formats, by the endings of their files, and print where."""
    for ending, text in texts.items():
        write_text(out / f"{name}.{ending}", text)
    console.print(f"{name}: {out / name}.{{{','.join(texts)}}}", highlight=False, markup=False)


def verify(layout: Layout, console: Console) -> int:
    """Check all marked tables; return 1 if anything is wrong, otherwise 0."""
    started = time.monotonic()
    problems = verify_all(
        layout, lambda line: console.print(line, highlight=False, markup=False, soft_wrap=True)
    )
    for problem in problems:
        console.print(problem, style="red", markup=False, highlight=False, soft_wrap=True)
    verdict = (
        f"{len(problems)} problem{'s'[: len(problems) != 1]}"
        if problems
        else "all tables match their records"
    )
    console.print(f"{verdict} ({time.monotonic() - started:.1f} s)", highlight=False, markup=False)
    return 1 if problems else 0
