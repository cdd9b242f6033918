import argparse
import time

import pytest
import torch

from seg_plugins.commands.benchmark_steps import run
from seg_plugins.zoo.runs.plan import Throughput, checkpoint_bytes, estimate, measured_throughput, show_plan
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


def test_checkpoints_hold_weights_and_what_the_optimiser_keeps(tmp_path):
    """A written checkpoint of the same network and optimiser; besides, it has some kilobytes of text."""
    network = torch.nn.Linear(300, 400)
    parameters = sum(p.numel() for p in network.parameters())
    for optimizer in (dict(type="SGD"), dict(type="SGD", momentum=0.9), dict(type="AdamW")):
        options = {key: value for key, value in optimizer.items() if key != "type"}
        optimiser = getattr(torch.optim, optimizer["type"])(network.parameters(), lr=0.1, **options)
        network(torch.ones(1, 300)).sum().backward()
        optimiser.step()
        torch.save(dict(model=network.state_dict(), optimizer=optimiser.state_dict()), tmp_path / "a.pth")
        hook = dict(interval=10, max_keep_ckpts=2, save_best="mIoU")
        config = dict(optim_wrapper=dict(optimizer=optimizer), train_cfg=dict(max_iters=100))
        found = checkpoint_bytes(config | dict(default_hooks=dict(checkpoint=hook)), parameters)
        assert found == pytest.approx(3 * (tmp_path / "a.pth").stat().st_size, rel=0.02)
        hook |= dict(max_keep_ckpts=-1, save_best=None)
        more = checkpoint_bytes(config | dict(default_hooks=dict(checkpoint=hook)), parameters)
        assert more == pytest.approx(10 / 3 * found)


def test_the_plan_says_money_and_disk(layout, console):
    suite = load_suite(layout, "toy")
    costs = {model.config: fake_cost(layout, model.config) for model in suite.models}
    found = show_plan(layout, suite, suite.rows, costs, Throughput(1e-3, "measured"), console, 2.5)
    text = console.file.getvalue()
    assert f"that is {2.5 * sum(one.hours for one in found):.2f}" in text
    assert f"take {sum(one.disk for one in found) / 2**30:.1f} GiB" in text


@pytest.mark.parametrize("seeds", [10, pytest.param(500, marks=pytest.mark.slow)])
def test_a_dry_run_of_many_members(layout, console, seeds):
    """The soak: 1,000 members of an array are planned in under five seconds of this process."""
    write_suite(layout.root, "toy", {"seeds": list(range(seeds))})
    words = {
        "rows": [],
        "launcher": "slurm",
        "jobs": None,
        "threads": None,
        "fresh": False,
        "dry_run": True,
        "price": None,
    }
    started = time.process_time()
    arguments = argparse.Namespace(**words, partition=None, sbatch_args="")
    assert run(layout, load_suite(layout, "toy"), arguments, 2, console) == 0
    seconds = time.process_time() - started
    print(f"{2 * seeds} members: {seconds:.2f} s")
    text = console.file.getvalue()
    assert seeds < 500 or seconds < 5
    assert f"{2 * seeds} runs" in text and f"--array=0-{2 * seeds - 1} " in text
