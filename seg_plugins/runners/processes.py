"""Process groups and thread counts, set before the Runner is built."""

import datetime
import gc
import os
import shlex
import subprocess
from collections.abc import Mapping, MutableMapping
from pathlib import Path

import torch
from mmengine.config import Config
from torch import distributed

from seg_plugins.files.package import shipped_folder

__all__ = [
    "available_cpus",
    "leave_processes",
    "prepare_processes",
    "slurm_to_torch",
    "threads_per_process",
]


def quota_cpus(cpu_max: str) -> float:
    """Parse the CPUs that a control group allows from its `cpu.max` (`quota period`, microseconds).

    >>> quota_cpus("150000 100000")
    1.5
    >>> quota_cpus("max 100000")
    inf
    """
    quota, _, period = cpu_max.partition(" ")
    return float("inf") if quota == "max" else int(quota) / int(period or 100_000)


def available_cpus(cpu_max_file: Path = Path("/sys/fs/cgroup/cpu.max")) -> int:
    """Count the CPUs that this process may use: its affinity, or the container's quota if that is less."""
    bound = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    quota = quota_cpus(cpu_max_file.read_text().strip()) if cpu_max_file.is_file() else float("inf")
    return max(1, int(min(bound, quota)))


def threads_per_process(environ: Mapping[str, str], cpus: int) -> int:
    """Compute the number of threads for each of the processes that share this machine.

    torchrun and MMEngine both fall back to one thread for each process of a distributed run, which leaves
    most of a CPU machine idle. Loader workers need no share: PyTorch gives each of them one thread, and they
    run while the training process waits for memory.

    Args:
        environ: The environment; `SLURM_CPUS_PER_TASK` and `LOCAL_WORLD_SIZE` are read.
        cpus: CPUs that this process may use.
    """
    if environ.get("SLURM_CPUS_PER_TASK"):
        return int(environ["SLURM_CPUS_PER_TASK"])
    return max(1, cpus // int(environ.get("LOCAL_WORLD_SIZE", "1")))


def slurm_to_torch(environ: MutableMapping[str, str]) -> None:
    """Translate Slurm's variables to those that `torch.distributed` reads; existing ones are kept.

    The port is derived from the job, so that two jobs on one node do not both use 29500.

    Args:
        environ: The environment, changed in place.

    Raises:
        ValueError: This is not a Slurm step.
    """
    if "SLURM_PROCID" not in environ:
        raise ValueError("--launcher slurm: SLURM_PROCID is not set: start this under `srun`")
    if "MASTER_ADDR" not in environ:
        nodes = environ.get("SLURM_STEP_NODELIST") or environ["SLURM_NODELIST"]
        shown = subprocess.run(
            ["scontrol", "show", "hostnames", nodes], check=True, capture_output=True, text=True
        )
        environ["MASTER_ADDR"] = shown.stdout.split()[0]
    environ.setdefault("MASTER_PORT", str(20_000 + int(environ.get("SLURM_JOB_ID", "9500")) % 20_000))
    environ["RANK"] = environ["SLURM_PROCID"]
    environ["WORLD_SIZE"] = environ["SLURM_NTASKS"]
    environ["LOCAL_RANK"] = environ.get("SLURM_LOCALID", "0")
    if int(environ.get("SLURM_NNODES", "1")) == 1:
        environ.setdefault("LOCAL_WORLD_SIZE", environ["SLURM_NTASKS"])
    elif environ.get("SLURM_NTASKS_PER_NODE", "").isdigit():
        environ.setdefault("LOCAL_WORLD_SIZE", environ["SLURM_NTASKS_PER_NODE"])


def check_torch_variables(environ: Mapping[str, str]) -> None:
    """Raise ValueError if the variables that torchrun sets are missing."""
    missing = [key for key in ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT") if key not in environ]
    if missing:
        raise ValueError(
            f"--launcher pytorch: {', '.join(missing)} not set: start this with"
            f" `{shlex.quote(str(shipped_folder('tools') / 'dist_train.sh'))} CONFIG N` or torchrun"
        )


def prepare_processes(cfg: Config) -> None:
    """Set threads; on a machine without CUDA, join a gloo group and keep DDP off device ids.

    MMEngine's own start calls `torch.cuda.set_device`; it is skipped if a group already exists. Thread counts
    are not changed if `OMP_NUM_THREADS` is set.

    Args:
        cfg: The config with its `launcher`; `model_wrapper_cfg` is changed in place.
    """
    if cfg.launcher == "slurm":
        slurm_to_torch(os.environ)
    os.environ.setdefault("LOCAL_RANK", "0")
    if "OMP_NUM_THREADS" not in os.environ:
        threads = threads_per_process(os.environ, available_cpus())
        torch.set_num_threads(threads)
        if cfg.launcher != "none":
            os.environ["OMP_NUM_THREADS"] = str(threads)
    if cfg.launcher != "none":
        os.environ.setdefault("MKL_NUM_THREADS", os.environ["OMP_NUM_THREADS"])
    if cfg.launcher not in ("pytorch", "slurm") or torch.cuda.is_available():
        return
    check_torch_variables(os.environ)
    if not distributed.is_initialized():
        seconds = cfg.get("env_cfg", {}).get("dist_cfg", {}).get("timeout", 1800)
        distributed.init_process_group("gloo", timeout=datetime.timedelta(seconds=seconds))
    wrapper = dict(cfg.get("model_wrapper_cfg") or {})
    wrapper.setdefault("type", "MMDistributedDataParallel")
    wrapper.setdefault("broadcast_buffers", False)
    wrapper.setdefault("find_unused_parameters", cfg.get("find_unused_parameters", False))
    cfg.model_wrapper_cfg = wrapper | {"device_ids": None}


def leave_processes() -> None:
    """Wait for the other processes and leave the group: gloo aborts a process whose peer left first.

    Drop the runner before. A wrapped network that outlives the group frees it with Python's lock held, and
    waits for gloo's thread, which may wait for that lock: the process never ends.
    """
    if distributed.is_initialized():
        gc.collect()  # runner, hooks and network hold each other
        distributed.barrier()
        distributed.destroy_process_group()
