"""Two processes on one machine without CUDA, by both launchers, and the shell scripts' argument order."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from tests.commands.base import write_run
from tests.free_port import free_port

ROOT = Path(__file__).parents[2]
TOOLS = ROOT / "tools"
pytestmark = pytest.mark.skipif(torch.cuda.is_available(), reason="with CUDA, nccl joins the processes")


def environment(**changes):
    env = {k: v for k, v in os.environ.items() if k not in ("RANK", "WORLD_SIZE", "LOCAL_RANK")}
    return env | {"PYTHONPATH": str(ROOT), "PATH": f"{Path(sys.executable).parent}:{env['PATH']}"} | changes


def test_two_processes_train_by_torchrun_and_test_by_slurm(tmp_path):
    config = write_run(tmp_path)
    line = [TOOLS / "dist_train.sh", config, "2", "--work-dir", tmp_path / "work"]
    done = subprocess.run(
        line, env=environment(PORT=free_port()), capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stderr
    assert "gloo" in done.stderr or "Distributed training: True" in done.stderr
    slurm = {
        "SLURM_NTASKS": "2", "SLURM_NNODES": "1", "SLURM_JOB_ID": "7", "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": free_port(),
    }  # fmt: skip
    line = [
        sys.executable,
        TOOLS / "test.py",
        config,
        tmp_path / "work" / "iter_2.pth",
        "--launcher",
        "slurm",
    ]
    tasks = [
        subprocess.Popen(
            [*line, "--work-dir", tmp_path / "work"],
            env=environment(**slurm, SLURM_PROCID=str(rank), SLURM_LOCALID=str(rank)),
            stdout=subprocess.DEVNULL,
        )
        for rank in range(2)
    ]
    assert [task.wait(timeout=900) for task in tasks] == [0, 0]
    assert json.loads((tmp_path / "work" / "metrics.json").read_text())["metrics"]["mIoU"] > 0


@pytest.mark.parametrize(
    "script, given, passed",
    [
        ("dist_train.sh", ["c.py", "4", "--amp"], ["train.py", "c.py", "--launcher", "pytorch", "--amp"]),
        ("dist_test.sh", ["c.py", "k.pth", "4", "--tta"],
         ["test.py", "c.py", "k.pth", "--launcher", "pytorch", "--tta"]),
    ],
)  # fmt: skip
def test_scripts_take_upstreams_order(tmp_path, script, given, passed):
    (tmp_path / "python").write_text('#!/bin/sh\necho "$OMP_NUM_THREADS" "$@"\n')
    (tmp_path / "python").chmod(0o755)
    env = environment(PATH=f"{tmp_path}:{os.environ['PATH']}", PORT="31000")
    env.pop("OMP_NUM_THREADS", None)
    words = subprocess.run([TOOLS / script, *given], env=env, capture_output=True, text=True).stdout.split()
    assert int(words[0]) >= 1
    assert "--nproc_per_node=4" in words and "--master_port=31000" in words
    assert [
        Path(w).name if w.endswith("t.py") or w.endswith("n.py") else w for w in words[-len(passed) :]
    ] == passed
