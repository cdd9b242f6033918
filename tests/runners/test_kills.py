"""Real training processes, killed by SIGKILL at random moments and stopped by signals."""

import os
import random
import signal
import socket
import time

import pytest

from seg_plugins.runners import EXIT_RESUMABLE
from tests.runners.base import differences, final_state, logged, position, start, wait_for

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
    wanted, tried, runs = int(os.environ.get("SOAK_KILLS", "100")), 0, 0
    while tried < wanted:
        runs += 1
        (tmp_path / str(runs)).mkdir()
        tried += survive(uninterrupted, tmp_path / str(runs), min(10, wanted - tried), seed=runs)
        print(f"kills survived / tried: {tried} / {tried}, runs {runs}", flush=True)


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


def ranks(root, port, **options):
    common = {"WORLD_SIZE": "2", "MASTER_ADDR": "127.0.0.1", "MASTER_PORT": str(port), "OMP_NUM_THREADS": "1"}
    return [
        start(root, environment={**common, "RANK": str(r), "LOCAL_RANK": str(r)}, **options) for r in (0, 1)
    ]


def free_port():
    with socket.socket() as server:
        server.bind(("127.0.0.1", 0))
        return server.getsockname()[1]


def test_two_ranks_stop_at_the_same_step_when_one_is_told(tmp_path):
    """Only rank 1 gets the signal; both end with the code, and both go on to the same end."""
    quiet = {"train_cfg__val_interval": 100, "train_cfg__max_iters": 12, "custom_hooks": []}
    (tmp_path / "whole").mkdir()
    (tmp_path / "stopped").mkdir()
    for process in ranks(tmp_path / "whole", free_port(), **quiet):
        process.join()
        assert process.exitcode == 0
    told = ranks(tmp_path / "stopped", free_port(), pause=0.3, **quiet)
    wait_for(lambda: position(tmp_path / "stopped") > 0)
    os.kill(told[1].pid, signal.SIGUSR2)
    for process in told:
        process.join()
        assert process.exitcode == EXIT_RESUMABLE
    assert 0 < position(tmp_path / "stopped") < 12
    for process in ranks(tmp_path / "stopped", free_port(), resume=True, **quiet):
        process.join()
        assert process.exitcode == 0
    whole, stopped = (final_state(tmp_path / name, "iter_12.pth") for name in ("whole", "stopped"))
    assert [k for k in differences(whole, stopped) if k.startswith(("/state_dict", "/optimizer"))] == []
    assert sum(k.startswith("/state_dict") for k in whole) > 10
