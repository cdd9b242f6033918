"""Run a list of configs, and make a table that anyone can rebuild.

    python tools/benchmark.py run SUITE [ROW ...] [--launcher local|slurm] [--jobs N] [--dry-run] [--price P]
    python tools/benchmark.py status SUITE          the state of every run
    python tools/benchmark.py collect SUITE         records from finished work directories
    python tools/benchmark.py table [SUITE ...]     Markdown, CSV, LaTeX, HTML, and the tables in README files
    python tools/benchmark.py verify                check tables against their records; trains nothing
    python tools/benchmark.py verify --rerun SUITE ROW
    python tools/benchmark.py costs SUITE ...       parameters and FLOPs, for plans and tables
    python tools/benchmark.py latencies DATA|CONFIG ... [--size H W] [--threads N]   milliseconds of networks
    python tools/benchmark.py advise --data DATA --ms MS [--size H W]   which networks fit on this machine
    python tools/benchmark.py rehash [SUITE ...]    new hashes for records whose configs only changed names

A SUITE of configs/suites/ is given by its name, one of your own by the path of its YAML file; its records lie
in results/ beside the file. `run` may be stopped and repeated.
"""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType

from seg_plugins.files.package import shipped_root

from .argument_parser import ArgumentParser
from .quiet import quiet_output

__all__ = ["main", "parser"]


def parser() -> argparse.ArgumentParser:
    """Return the parser of benchmark.py."""
    top = ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False
    )
    commands = top.add_subparsers(dest="command", required=True)
    run = commands.add_parser("run", help="run what has no record yet")
    run.add_argument("suite")
    run.add_argument("rows", nargs="*", help="slots as `status` names them; default: all")
    run.add_argument("--launcher", choices=("local", "slurm"), default="local")
    run.add_argument("--jobs", type=int, help="runs at a time (default: 1 here, no limit on a cluster)")
    run.add_argument("--threads", type=int, help="threads of each run (default: cores / jobs)")
    run.add_argument("--fresh", action="store_true", help="also run what has a record")
    run.add_argument("--restart", action="store_true", help="rename work directories of other versions first")
    run.add_argument("--replace", action="store_true", help="overwrite records of other runs")
    run.add_argument("--dry-run", action="store_true", help="only report what would run, and for how long")
    run.add_argument("--price", type=float, help="price of a GPU (or CPU) hour, for the cost in --dry-run")
    run.add_argument("--partition", help="slurm: partition to submit to (default: the cluster's default)")
    run.add_argument("--sbatch-args", default="", help="slurm: further options, in one string")
    for name in ("status", "collect"):
        commands.add_parser(name).add_argument("suite")
    commands.choices["status"].add_argument("--json", action="store_true", help="for programs")
    commands.choices["collect"].add_argument("--replace", action="store_true")
    table = commands.add_parser("table")
    table.add_argument("suites", nargs="*")
    table.add_argument("--out", type=Path, help="folder for the files [work_dirs/tables]")
    check = commands.add_parser("verify")
    check.add_argument("--rerun", nargs=2, metavar=("SUITE", "ROW"))
    check.add_argument("--threads", type=int)
    commands.add_parser("costs").add_argument("suites", nargs="+")
    latencies = commands.add_parser("latencies", help="measure milliseconds and memory of networks")
    latencies.add_argument("names", nargs="+", help="tokens of data sets, or configs below configs/")
    advice = commands.add_parser("advise", help="say which networks fit a time limit on this machine")
    advice.add_argument("--data", required=True, help="token of a data set, such as camvid")
    advice.add_argument("--ms", type=float, required=True, help="most milliseconds of an image")
    for timed in (latencies, advice):
        timed.add_argument("--size", type=int, nargs=2, metavar=("H", "W"), help="image [training crop]")
        timed.add_argument("--threads", type=int, default=1, help="threads of PyTorch [1]")
    rehash = commands.add_parser("rehash")
    rehash.add_argument("suites", nargs="*")
    rehash.add_argument("--dry-run", action="store_true", help="only report what would change")
    return top


def load_steps() -> ModuleType:
    """Load the module of the subcommands, which loads torch."""
    with quiet_output():
        from . import benchmark_steps
    return benchmark_steps


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line, and return the exit code."""
    args = parser().parse_args(argv)
    from rich.console import Console

    from seg_plugins.zoo.suites.layout import Layout
    from seg_plugins.zoo.suites.suite import load_suite
    from seg_plugins.zoo.tables.survey import is_survey

    console = Console()
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    try:
        if args.command in ("table", "costs", "rehash"):
            named: dict[Layout, list[str]] = (
                {} if args.suites else {Layout.of_suite(shipped_root(), "")[0]: []}
            )
            for suite in args.suites:
                layout, name = Layout.of_suite(shipped_root(), suite)
                if not is_survey(layout, name):
                    load_suite(layout, name)  # errors in it are reported before torch is loaded
                if args.command == "rehash":
                    layout.require_own(name)
                named.setdefault(layout, []).append(name)
            steps = load_steps()
            for layout, names in named.items():
                if args.command == "table":
                    steps.tables(layout, names, args.out or layout.work / "tables", console)
                elif args.command == "rehash":
                    steps.rehash(layout, names, console, args.dry_run)
                else:
                    steps.count_costs(layout, names, console)
            return 0
        if args.command in ("latencies", "advise"):
            layout = Layout.of_suite(shipped_root(), "")[0]
            with quiet_output():
                from . import benchmark_times
            return getattr(benchmark_times, args.command)(layout, args, console)
        if args.command == "verify" and not args.rerun:
            return load_steps().verify(Layout(shipped_root()), console)
        layout, name = Layout.of_suite(
            shipped_root(), args.rerun[0] if args.command == "verify" else args.suite
        )
        suite = load_suite(layout, name)
        if args.command == "collect" or (args.command == "run" and not args.dry_run):
            layout.require_own(name)
        steps = load_steps()
        if args.command == "verify":
            return steps.rerun(layout, suite, args.rerun[1], args.threads or cores, console)
        if args.command == "status":
            steps.show_status(layout, suite, console, args.json)
            return 0
        if args.command == "collect":
            return steps.collect(layout, suite, console, args.replace)
        return steps.run(layout, suite, args, cores, console)
    except KeyboardInterrupt:
        print("interrupted; the same command continues", file=sys.stderr)
        return 130
