"""Real training processes, killed by SIGKILL at random moments and stopped by signals."""

import os
import random
import signal
import socket
import time

import pytest

from seg_plugins.runners import EXIT_RESUMABLE, read_checkpoint
from tests.runners.base import (
    differences,
    final_state,
    flattened,
    logged,
    position,
    start,
    wait_for,
    write_data,
)

OFTEN = {"default_hooks__checkpoint__interval": 1}


@pytest.fixture(scope="module")
def uninterrupted(tmp_path_factory):
    """A finished run, and how long it took in s without the start of the server it was forked from."""
    root = tmp_path_factory.mktemp("uninterrupted")
    process = start(root, **OFTEN)
    process.join()
    assert process.exitcode == 0
    return root, time.time() - (root / "data").stat().st_mtime


def killed_until_done(root, duration, dice, most):
    """Kill and resume until a life reaches the end; returns the number of kills.

    Every second kill spares the workers, which live on for seconds while the next life starts.
    """
    kills = 0
    while True:
        process = start(root, resume=True, **OFTEN)
        if kills < most:
            time.sleep(dice.uniform(0.1, 0.9) * duration * (1 - position(root) / 25))
            if process.is_alive():
                (os.killpg if kills % 2 else os.kill)(process.pid, signal.SIGKILL)
                kills += 1
        process.join()
        if process.exitcode == 0:
            return kills
        assert process.exitcode == -signal.SIGKILL, process.exitcode


def survive(uninterrupted, root, kills, seed):
    reference, duration = uninterrupted
    count = killed_until_done(root, duration, random.Random(seed), kills)
    assert differences(final_state(reference), final_state(root)) == []
    assert logged(reference) == logged(root)
    return count


def test_a_killed_run_ends_as_if_it_had_not_been(uninterrupted, tmp_path):
    assert survive(uninterrupted, tmp_path, kills=3, seed=1) >= 1


@pytest.mark.slow
def test_soak(uninterrupted, tmp_path):
    """SOAK_KILLS (100) kills, at most 10 in one run."""
    wanted, tried, runs, begin = int(os.environ.get("SOAK_KILLS", "100")), 0, 0, time.monotonic()
    while tried < wanted:
        runs += 1
        (tmp_path / str(runs)).mkdir()
        tried += survive(uninterrupted, tmp_path / str(runs), min(10, wanted - tried), seed=runs)
        seconds = time.monotonic() - begin
        print(f"kills survived {tried} of {wanted}, {runs} runs, {seconds:.0f} s", flush=True)


def test_signals_to_the_whole_group_lose_nothing(uninterrupted, tmp_path):
    """Each life ends by another signal, sent to the workers too; the run ends as if uninterrupted."""
    for number in (signal.SIGTERM, signal.SIGUSR1, signal.SIGUSR2, signal.SIGINT):
        before = position(tmp_path)
        process = start(tmp_path, pause=0.3, resume=True, **OFTEN)
        wait_for(lambda before=before: position(tmp_path) > before)
        os.killpg(process.pid, number)
        process.join()
        assert process.exitcode == EXIT_RESUMABLE == 85
        assert before < position(tmp_path) < 24
    process = start(tmp_path, resume=True, **OFTEN)
    process.join()
    assert process.exitcode == 0
    assert differences(final_state(uninterrupted[0]), final_state(tmp_path)) == []
    assert logged(uninterrupted[0]) == logged(tmp_path)


def test_a_second_run_in_one_directory_is_refused(tmp_path):
    first = start(tmp_path, pause=0.3)
    wait_for(lambda: position(tmp_path) > 0)
    config = (tmp_path / "work").glob("*.py")
    written = {path: path.stat().st_mtime_ns for path in config}
    second = start(tmp_path)
    second.join()
    assert second.exitcode == 1
    said = (tmp_path / "refused.txt").read_text()
    assert f"is in use: process {first.pid} on {os.uname().nodename}" in said
    assert written == {path: path.stat().st_mtime_ns for path in written}
    os.kill(first.pid, signal.SIGTERM)
    first.join()
    assert first.exitcode == EXIT_RESUMABLE


def ranks(root, world, **options):
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        port = server.getsockname()[1]
    common = {"WORLD_SIZE": str(world), "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port)}
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


@pytest.mark.parametrize("world", [2, pytest.param(3, marks=pytest.mark.slow)])
def test_ranks_stopped_and_killed_end_as_if_they_had_not_been(tmp_path, world):
    """All stop at one step when one is told; statistics and gradients that ranks do not share survive."""
    options = {"train_cfg__max_iters": 12, "optim_wrapper__accumulative_counts": 5, **OFTEN}
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    for root in (whole, broken):
        write_data(root / "data")
    join(ranks(whole, world, **options), 0)
    told = ranks(broken, world, pause=0.3, **options)
    wait_for(lambda: position(broken) > 0)
    os.kill(told[1].pid, signal.SIGUSR2)
    join(told, EXIT_RESUMABLE)
    stopped = position(broken)
    killed = ranks(broken, world, pause=0.3, resume=True, **options)
    wait_for(lambda: position(broken) > stopped)
    for process in killed:
        os.kill(process.pid, signal.SIGKILL)
    join(killed, -signal.SIGKILL)
    assert 0 < stopped < position(broken) < 12
    join(ranks(broken, world, resume=True, **options), 0)
    assert differences(final_state(whole, "iter_12.pth"), final_state(broken, "iter_12.pth")) == []
    assert logged(whole) == logged(broken)
    ends = [
        [flattened(read_checkpoint(root / f"rank{r}.pth")) for r in range(world)] for root in (whole, broken)
    ]
    for before, after in zip(*ends, strict=True):
        assert differences(before, after) == []
    unlike = differences(*ends[0][:2])
    assert unlike and all("running_" in name for name in unlike)
