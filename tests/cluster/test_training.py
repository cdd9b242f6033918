"""Real trainings under a real Slurm: two gloo processes, a time limit, and the same bits in the end."""

import json
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

pytestmark = pytest.mark.slurm
ROOT = Path(__file__).parents[2]
LEAF = """
_base_ = ["{root}/configs/_base_/models/unet_tiny.py", "{root}/configs/_base_/datasets/camvid.py",
          "{root}/configs/_base_/runtime.py"]
model = dict(data_preprocessor=dict(size=(32, 48)), decode_head=dict(num_classes=11))
pipeline = [dict(type="LoadSegImage"), dict(type="LoadSegAnnotations"),
            dict(type="RandomCrop", crop_size=(32, 48)), dict(type="RandomFlip", prob=0.5),
            dict(type="PackSegInputs")]
train_dataloader = dict(batch_size=2, num_workers=1,
                        dataset=dict(data_root="{data}", pipeline=pipeline))
val_dataloader = dict(num_workers=0, persistent_workers=False, dataset=dict(data_root="{data}"))
test_dataloader = val_dataloader
optim_wrapper = dict(type="OptimWrapper", optimizer=dict(type="SGD", lr=0.01, momentum=0.9))
param_scheduler = [dict(type="PolyLR", end={steps}, by_epoch=False)]
train_cfg = dict(type="IterBasedTrainLoop", max_iters={steps}, val_interval={steps})
val_cfg = dict(type="ValLoop")
test_cfg = dict(type="TestLoop")
default_hooks = dict(logger=dict(interval=5), checkpoint=dict(interval={steps}, save_best=None))
vis_backends = [dict(type="LocalVisBackend")]
visualizer = dict(vis_backends=vis_backends)
custom_imports = dict(imports=["seg_plugins.register", "hold"], allow_failed_imports=False)
custom_hooks = [dict(type="HoldForSignal")]
"""
HOLD = """
import os, time
from mmengine.hooks import Hook
from mmseg.registry import HOOKS

@HOOKS.register_module()
class HoldForSignal(Hook):
    def after_train_iter(self, runner, *args, **kwargs):
        held = os.environ.get("SLURM_RESTART_COUNT", "0") == "0" and not runner.work_dir.endswith("free")
        while held and runner.iter == 20 and not runner.signals.received:
            time.sleep(0.1)
"""


@pytest.fixture
def config(tmp_path):
    """Write a leaf of so many steps on eight images; the first attempt waits for a signal, unless `free`."""
    (tmp_path / "hold.py").write_text(HOLD)
    random = np.random.default_rng(0)
    for split, count in (("train", 8), ("val", 2)):
        for kind in ("images", "labels"):
            (tmp_path / "data" / kind / split).mkdir(parents=True)
        for number in range(count):
            image = Image.fromarray(random.integers(0, 255, (40, 60, 3), dtype=np.uint8))
            image.save(tmp_path / f"data/images/{split}/{number}.png")
            label = Image.fromarray(random.integers(0, 11, (40, 60), dtype=np.uint8))
            label.save(tmp_path / f"data/labels/{split}/{number}.png")

    def write(steps):
        path = tmp_path / "leaf.py"
        path.write_text(LEAF.format(root=ROOT, data=tmp_path / "data", steps=steps))
        return path

    return write


def submit(slurm, tmp_path, name, config, tasks=1, srun_args="--time=10"):
    """`REQUEUE=1 tools/slurm_train.sh`; gives the job, its log and its work directory."""
    env = {**slurm.env, "REQUEUE": "1", "GPUS": str(tasks), "GPUS_PER_NODE": "0", "CPUS_PER_TASK": "1"}
    env |= {"SRUN_ARGS": srun_args, "PYTHONPATH": str(tmp_path)}
    env["PATH"] = f"{Path(sys.executable).parent}:{env['PATH']}"  # as in an activated environment
    work = tmp_path / name
    command = ["bash", ROOT / "tools/slurm_train.sh", "main", name, config, "--work-dir", work]
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    job = done.stdout.strip()
    return job, tmp_path / f"work_dirs/slurm/{name}-{job}.log", work


def losses(work):
    """Logged losses by step, over all attempts."""
    found = {}
    for log in sorted(work.glob("*/vis_data/scalars.json")):
        for line in map(json.loads, log.read_text().splitlines()):
            if "loss" in line:
                found[line["step"]] = line["loss"]
    return found


def until_training(slurm, job, log, work, seconds=900):
    """Wait for the first logged loss."""
    end = time.monotonic() + seconds
    while not losses(work):
        assert time.monotonic() < end and slurm.job(job)["JobState"] != "FAILED", log.read_text()[-3000:]
        time.sleep(0.2)


def same_bits(one, other):
    """Whether two values of a checkpoint are the same, tensors bit by bit."""
    if isinstance(one, torch.Tensor):
        return torch.equal(one, other)
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same_bits(one[key], other[key]) for key in one)
    if isinstance(one, list | tuple):
        return len(one) == len(other) and all(map(same_bits, one, other))
    return one == other


def test_two_gloo_processes_train_are_told_to_stop_and_go_on(slurm, config, tmp_path):
    job, log, work = submit(slurm, tmp_path, "two", config(40), tasks=2)
    until_training(slurm, job, log, work)
    slurm.run("scancel", "--signal=USR2", job)
    ended = slurm.wait(job, "COMPLETED", "FAILED", seconds=900)
    text = log.read_text()
    assert ended["JobState"] == "COMPLETED" and ended["Restarts"] == "1", text[-3000:]
    assert "saving after this step" in text and "returned to the queue" in text
    assert torch.load(work / "iter_40.pth", weights_only=False)["meta"]["iter"] == 40


def test_a_time_limit_requeues_and_the_end_is_bit_identical(slurm, config, tmp_path):
    """The limit is moved near once training goes on, so that the test depends on no machine's speed."""
    leaf = config(60)
    limited, log, work = submit(slurm, tmp_path, "limited", leaf, srun_args="--time=10 --signal=USR2@60")
    free, _, reference = submit(slurm, tmp_path, "free", leaf)
    until_training(slurm, limited, log, work)
    soon = time.strftime("%FT%T", time.localtime(time.time() + 60))
    slurm.run("scontrol", "update", f"JobId={limited}", f"EndTime={soon}")
    slurm.wait(limited, "PENDING", seconds=900)
    slurm.run("scontrol", "update", f"JobId={limited}", "TimeLimit=10")
    ended = slurm.wait(limited, "COMPLETED", "FAILED", "TIMEOUT", seconds=900)
    assert (ended["JobState"], ended["Restarts"]) == ("COMPLETED", "1"), log.read_text()[-3000:]
    assert "SIGUSR2: saving after this step" in log.read_text()
    slurm.wait(free, "COMPLETED", seconds=900)
    one, other = (torch.load(w / "iter_60.pth", weights_only=False) for w in (work, reference))
    assert same_bits(one["state_dict"], other["state_dict"]) and same_bits(
        one["optimizer"], other["optimizer"]
    )
    assert losses(work) == losses(reference) and len(losses(work)) >= 12
