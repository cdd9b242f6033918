import argparse
import time

import pytest

from seg_plugins.commands.benchmark_steps import run
from seg_plugins.zoo.runs.plan import Throughput, estimate, measured_throughput, show_plan
from seg_plugins.zoo.suites.record import read_records
from seg_plugins.zoo.suites.suite import load_suite
from tests.zoo.base import fake_cost, write_records, write_suite


def test_hours_from_flops_and_throughput(layout):
    """100 steps of 4 images at 3 x 1e9 operations on 1e12 a second: 1.2 s a run."""
    model = load_suite(layout, "toy").models[0]
    one = estimate(layout, model, 2, {"flops": 1e9}, Throughput(1.0, "test"), devices=1)
    assert (one.iterations, one.images) == (100, 400) and one.hours == pytest.approx(2 * 1.2 / 3600)
    assert estimate(layout, model, 1, {"flops": 1e9}, None, 1).hours is None
    assert estimate(layout, model, 1, {}, Throughput(1.0, "test"), 1).hours is None


def test_throughput_is_measured_where_records_are_at_hand(layout):
    write_records(layout)
    records = read_records(layout.results("toy")).values()
    write_suite(
        layout.root, "toy", {"machine": {"device": "test cpu", "tflops": 9.0, "tflops_source": "a guess"}}
    )
    suite = load_suite(layout, "toy")
    assert measured_throughput(suite, records).tflops == pytest.approx(3 * 3e9 * 12.5 / 1e12)
    assert measured_throughput(suite, []) == Throughput(9.0, "a guess")
    write_suite(layout.root, "toy", {})
    assert measured_throughput(load_suite(layout, "toy"), records) is None


def test_the_plan_names_what_is_unknown(layout, console):
    suite = load_suite(layout, "toy")
    costs = {model.config: fake_cost(layout, model.config) for model in suite.models[:1]}
    show_plan(layout, suite, suite.rows, costs, Throughput(2.0, "measured"), console)
    text = console.file.getvalue()
    assert (
        "4 runs" in text
        and "2 TFLOP/s" in text
        and "the operations of one model are not counted yet" in text
        and "tools/benchmark.py costs toy" in text
    )
    show_plan(layout, suite, suite.rows[:1], costs, None, console)
    assert "\n1 run on CPU\n" in (text := console.file.getvalue().removeprefix(text))
    assert "known after the first run" in text


@pytest.mark.parametrize("seeds", [10, pytest.param(500, marks=pytest.mark.slow)])
def test_a_dry_run_of_many_members(layout, console, seeds):
    """The soak: 1,000 members of an array are planned in under five seconds of this process."""
    write_suite(layout.root, "toy", {"seeds": list(range(seeds))})
    words = {"rows": [], "launcher": "slurm", "jobs": None, "threads": None, "fresh": False, "dry_run": True}
    started = time.process_time()
    arguments = argparse.Namespace(**words, partition=None, sbatch_args="")
    assert run(layout, load_suite(layout, "toy"), arguments, 2, console) == 0
    seconds = time.process_time() - started
    print(f"{2 * seeds} members: {seconds:.2f} s")
    text = console.file.getvalue()
    assert seeds < 500 or seconds < 5
    assert f"{2 * seeds} runs" in text and f"--array=0-{2 * seeds - 1} " in text
