import os

import pytest
from mmengine.config import Config

from seg_plugins.runners.processes import (
    available_cpus,
    check_torch_variables,
    prepare_processes,
    slurm_to_torch,
    threads_per_process,
)


@pytest.mark.parametrize(
    "environ, threads",
    [
        ({}, 16),
        ({"LOCAL_WORLD_SIZE": "4"}, 4),
        ({"LOCAL_WORLD_SIZE": "32"}, 1),
        ({"SLURM_CPUS_PER_TASK": "6", "LOCAL_WORLD_SIZE": "2"}, 6),
    ],
)
def test_the_processes_of_a_machine_share_its_cpus(environ, threads):
    assert threads_per_process(environ, cpus=16) == threads


def test_a_container_quota_limits_the_cpus(tmp_path):
    (tmp_path / "cpu.max").write_text("100000 100000\n")
    assert available_cpus(tmp_path / "cpu.max") == 1


@pytest.mark.parametrize("text", ["max 100000", None])
def test_without_a_quota_all_bound_cpus_count(tmp_path, text):
    if text:
        (tmp_path / "cpu.max").write_text(text)
    assert available_cpus(tmp_path / "cpu.max") == len(os.sched_getaffinity(0))


def test_slurm_variables_become_torch_variables():
    environ = {
        "SLURM_PROCID": "1", "SLURM_NTASKS": "2", "SLURM_LOCALID": "1", "SLURM_JOB_ID": "41234",
        "SLURM_NNODES": "1", "MASTER_ADDR": "node7",
    }  # fmt: skip
    slurm_to_torch(environ)
    wanted = {
        "RANK": "1",
        "WORLD_SIZE": "2",
        "LOCAL_RANK": "1",
        "LOCAL_WORLD_SIZE": "2",
        "MASTER_PORT": "21234",
    }
    assert wanted.items() <= environ.items() and environ["MASTER_ADDR"] == "node7"


def test_launchers_outside_their_system_say_what_to_do(monkeypatch):
    with pytest.raises(ValueError, match="srun"):
        slurm_to_torch({})
    with pytest.raises(ValueError, match=r"RANK, WORLD_SIZE.*dist_train\.sh"):
        check_torch_variables({})


def test_threads_chosen_by_the_user_stay(monkeypatch):
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    monkeypatch.setattr("torch.set_num_threads", pytest.fail)
    prepare_processes(Config(dict(launcher="none")))
