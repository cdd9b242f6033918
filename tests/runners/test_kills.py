"""Real training processes, killed by SIGKILL at drawn iterations and stopped by signals."""

import json
import os
import random
import signal
import time

import pytest
import torch

from seg_plugins.checkpoints.safe_loading import read_checkpoint
from seg_plugins.runners import EXIT_RESUMABLE
from tests.free_port import free_port
from tests.regimes.semi import semi, semi_with_workers
from tests.runners.base import (
    differences,
    final_state,
    flattened,
    let_go,
    logged,
    position,
    start,
    tiny,
    wait_for_position,
    write_data,
)

LAST = 24  # iteration of the tiny config
OFTEN = {"default_hooks__checkpoint__interval": 1}
EMA = dict(type="EMAHook", ema_type="ExponentialMovingAverage", momentum=0.1, update_buffers=True)
FAST = {
    "fast": {"autocast": "bfloat16"},
    "optim_wrapper__accumulative_counts": 2,
    "custom_hooks": [
        EMA,
        dict(type="NonFiniteGuardHook", max_skips=3),
        dict(type="PoisonHook", iterations=[2, 5, 6, 17]),
    ],
}
TEACHER = {
    "config": semi_with_workers,
    "optim_wrapper__accumulative_counts": 2,
    "model__semi_train_cfg__threshold": 0.52,  # some pixels are kept
}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    return finished(tmp_path_factory.mktemp("uninterrupted"), **OFTEN)


def finished(root, **options):
    process = start(root, **options)
    process.join()
    assert process.exitcode == 0
    return root


def killed_until_done(root, dice, most, **options):
    """Kill and resume until an attempt reaches the end; returns the number of kills.

    Each kill waits for a drawn iteration and finds the run somewhere in the next one: in a step, in a write,
    or at its end, which the run does not pass. Every second kill spares the workers, which live on for
    seconds while the next attempt starts.
    """
    for kills in range(most):
        before = position(root)
        if before > LAST - 2:
            most = kills
            break
        target = dice.randint(before + 1, before + max(1, (LAST - 1 - before) // (most - kills)))
        process = start(root, halt=target + 1, resume=True, **options)
        wait_for_position(root, target, process)
        (os.killpg if kills % 2 else os.kill)(process.pid, signal.SIGKILL)
        process.join()
        assert process.exitcode == -signal.SIGKILL
    finished(root, resume=True, **options)
    return most


def kept_shares(root):
    """What the teacher kept of each class, by step, as last logged."""
    found = {}
    for path in sorted((root / "work").glob("*/vis_data/scalars.json"), key=lambda p: p.stat().st_mtime_ns):
        for row in map(json.loads, path.read_text().splitlines()):
            found |= {(row["step"], key): v for key, v in row.items() if key.startswith("unsup/kept.")}
    return found


def survive(reference, root, kills, seed, **options):
    count = killed_until_done(root, random.Random(seed), kills, **OFTEN, **options)
    assert differences(final_state(reference), final_state(root)) == []
    assert logged(reference) == logged(root)
    return count


def test_a_killed_run_ends_as_if_it_had_not_been(uninterrupted, tmp_path):
    assert survive(uninterrupted, tmp_path, kills=3, seed=1) == 3


def test_the_same_with_the_fast_preset_accumulation_and_skipped_steps(tmp_path):
    """Steps are of two batches here: batches 3, 6, 7 and 18 are NaN, and with them steps 2, 3, 4 and 9."""
    reference = finished(tmp_path / "whole", **OFTEN, **FAST)
    reports = sorted(path.name for path in (tmp_path / "whole/work/non_finite").iterdir())
    assert reports == ["iter_18.json", "iter_4.json", "iter_6.json", "iter_8.json"]
    assert survive(reference, tmp_path / "killed", kills=3, seed=2, **FAST) == 3
    for name in reports:
        facts = [(tmp_path / run / "work/non_finite" / name).read_text() for run in ("whole", "killed")]
        assert facts[0] == facts[1].replace(str(tmp_path / "killed"), str(tmp_path / "whole"))


def test_the_same_with_a_teacher(tmp_path):
    """Student, teacher, the draws of mixed images, both sources and what is logged of kept pixels."""
    reference = finished(tmp_path / "whole", **OFTEN, **TEACHER)
    assert any(0 < share < 1 for share in kept_shares(reference).values())
    assert survive(reference, tmp_path / "killed", kills=2, seed=3, **TEACHER) == 2
    assert kept_shares(reference) == kept_shares(tmp_path / "killed")


@pytest.mark.slow
@pytest.mark.parametrize("options", [{}, FAST, TEACHER], ids=["plain", "fast", "teacher"])
def test_soak(tmp_path, options):
    """SOAK_KILLS (100) kills, at most 10 in one run."""
    wanted, tried, runs, begin = int(os.environ.get("SOAK_KILLS", "100")), 0, 0, time.monotonic()
    reference = finished(tmp_path / "whole", **OFTEN, **options)
    while tried < wanted:
        runs += 1
        (tmp_path / str(runs)).mkdir()
        tried += survive(reference, tmp_path / str(runs), min(10, wanted - tried), seed=runs, **options)
        seconds = time.monotonic() - begin
        print(f"kills survived {tried} of {wanted}, {runs} runs, {seconds:.0f} s", flush=True)


def test_signals_to_the_whole_group_lose_nothing(uninterrupted, tmp_path):
    """Each attempt ends by another signal, sent to the workers too; the run ends as if uninterrupted."""
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGINT):
        before = position(tmp_path)
        process = start(tmp_path, halt=before + 3, resume=True, **OFTEN)
        wait_for_position(tmp_path, before + 1, process)
        os.killpg(process.pid, number)
        let_go(tmp_path)
        process.join()
        assert process.exitcode == EXIT_RESUMABLE == 85
        assert before < position(tmp_path) < LAST
    process = start(tmp_path, resume=True, **OFTEN)
    process.join()
    assert process.exitcode == 0
    assert differences(final_state(uninterrupted), final_state(tmp_path)) == []
    assert logged(uninterrupted) == logged(tmp_path)


def test_a_second_run_in_one_directory_is_refused(tmp_path):
    first = start(tmp_path, halt=1, **OFTEN)
    wait_for_position(tmp_path, 1, first)
    config = (tmp_path / "work").glob("*.py")
    written = {path: path.stat().st_mtime_ns for path in config}
    second = start(tmp_path)
    second.join()
    assert second.exitcode == 1
    said = (tmp_path / "refused.txt").read_text()
    assert f"is in use: process {first.pid} on {os.uname().nodename}" in said
    assert written == {path: path.stat().st_mtime_ns for path in written}
    os.kill(first.pid, signal.SIGTERM)
    let_go(tmp_path)
    first.join()
    assert first.exitcode == EXIT_RESUMABLE


def ranks(root, world, **options):
    common = {"WORLD_SIZE": str(world), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": free_port()}
    common["OMP_NUM_THREADS"] = "1"
    return [
        start(root, environment={**common, "RANK": str(r), "LOCAL_RANK": str(r)}, **options)
        for r in range(world)
    ]


def join(processes, code):
    """Wait for all; what is left when one ends otherwise would wait for its peer."""
    try:
        for process in processes:
            process.join()
            assert process.exitcode == code
    finally:
        for process in processes:
            process.kill()


def test_what_one_rank_computes_is_skipped_by_all_and_reported_with_its_files(tmp_path):
    hooks = [dict(type="NonFiniteGuardHook"), dict(type="PoisonHook", iterations=[1], rank=1)]
    wrapper = dict(type="AutocastOptimWrapper", dtype="float32", optimizer=dict(type="SGD", lr=0.01))
    options = dict(train_cfg__max_iters=4, custom_hooks=hooks, optim_wrapper={"_delete_": True, **wrapper})
    write_data(tmp_path / "data")
    join(ranks(tmp_path, 2, **options), 0)
    report = json.loads((tmp_path / "work/non_finite/iter_2.json").read_text())
    assert [batch["rank"] for batch in report["batches"]] == [0, 1]
    assert [batch["losses"]["loss"] == "nan" for batch in report["batches"]] == [False, True]
    files = [set(batch["files"]) for batch in report["batches"]]
    assert len(files[0]) == len(files[1]) == 4 and files[0] != files[1]
    first, second = (read_checkpoint(tmp_path / f"rank{r}.pth")["model"] for r in range(2))
    assert all(torch.isfinite(value).all() for value in [*first.values(), *second.values()])
    assert all(torch.equal(first[name], second[name]) for name in first if "running" not in name)


@pytest.mark.parametrize(
    "world, config", [(2, tiny), pytest.param(3, tiny, marks=pytest.mark.slow), (2, semi)]
)
def test_ranks_stopped_and_killed_end_as_if_they_had_not_been(tmp_path, world, config):
    """All stop at one step when one is told; statistics and gradients that ranks do not share survive."""
    options = {"train_cfg__max_iters": 12, "optim_wrapper__accumulative_counts": 5, **OFTEN}
    options["config"] = config
    if config is semi:
        options["model__semi_train_cfg__threshold"] = 0.52
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for root in (whole, broken):
        config(root)
    join(ranks(whole, world, **options), 0)
    told = ranks(broken, world, halt=3, **options)
    wait_for_position(broken, 1, told[0])
    os.kill(told[1].pid, signal.SIGUSR2)
    let_go(broken)
    join(told, EXIT_RESUMABLE)
    stopped = position(broken)
    killed = ranks(broken, world, halt=stopped + 3, resume=True, **options)
    wait_for_position(broken, stopped + 1, killed[0])
    for process in killed:
        os.kill(process.pid, signal.SIGKILL)
    join(killed, -signal.SIGKILL)
    assert 0 < stopped < position(broken) < 12
    join(ranks(broken, world, resume=True, **options), 0)
    assert differences(final_state(whole, "iter_12.pth"), final_state(broken, "iter_12.pth")) == []
    assert logged(whole) == logged(broken) and kept_shares(whole) == kept_shares(broken)
    ends = [
        [flattened(read_checkpoint(root / f"rank{r}.pth")) for r in range(world)] for root in (whole, broken)
    ]
    for before, after in zip(*ends, strict=True):
        assert differences(before, after) == []
    unlike = differences(*ends[0][:2])
    assert unlike and all("running_" in name for name in unlike)
