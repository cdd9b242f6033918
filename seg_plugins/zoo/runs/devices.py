"""The GPUs of this machine, and their assignment to runs."""

import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ..suites.suite import Model, Suite

__all__ = ["Gpu", "command_line", "device_variables", "gpus_of_suite", "require_devices", "visible_gpus"]


@dataclass(frozen=True)
class Gpu:
    """A GPU.

    Attributes:
        token: Its name in `CUDA_VISIBLE_DEVICES`: an index, or the beginning of its UUID.
        name: Name of the product.
    """

    token: str
    name: str


def driver_rows() -> list[tuple[str, str, str]]:
    """Query the driver for index, UUID and name of every GPU; return an empty list without the driver."""
    if shutil.which("nvidia-smi") is None:
        return []
    query = ["nvidia-smi", "--query-gpu=index,uuid,name", "--format=csv,noheader"]
    done = subprocess.run(query, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        return []
    rows = [line.split(",", 2) for line in done.stdout.splitlines() if line.count(",") >= 2]
    return [(index.strip(), uuid.strip(), name.strip()) for index, uuid, name in rows]


def visible_gpus(environ: Mapping[str, str] = os.environ) -> list[Gpu]:
    """Return the GPUs that a process started here may use, in its order.

    A device that does not exist ends the list, as in CUDA.
    """
    visible = environ.get("CUDA_VISIBLE_DEVICES")
    rows = driver_rows() if visible != "" else []
    if visible is None:
        return [Gpu(index, name) for index, _, name in rows]
    found = []
    for token in map(str.strip, visible.split(",")):
        fits = [name for index, uuid, name in rows if token == index or (token and uuid.startswith(token))]
        if rows and token.startswith("MIG-"):
            fits = ["part of a GPU (MIG)"]
        if len(fits) != 1:
            break
        found.append(Gpu(token, fits[0]))
    return found


def gpus_of_suite(suite: Suite) -> list[Gpu]:
    """Return the GPUs for the runs of a suite: all visible ones, or none if its machine class is a CPU."""
    return [] if suite.machine and not suite.on_gpu else visible_gpus()


def require_devices(model: Model, offered: int) -> None:
    """Raise ValueError if a machine with GPUs has fewer than a config wants; a CPU is shared."""
    if 0 < offered < model.devices:
        raise ValueError(
            f"{model.config} is trained on {model.devices} GPUs at a time, and this machine offers "
            f"{offered}: start the suite with --launcher slurm, on a machine with more, or with "
            f"CUDA_VISIBLE_DEVICES= on the CPU, or list a config for {offered}"
        )


def device_variables(gpus: Sequence[Gpu]) -> dict[str, str]:
    """Return the variables that show a run its GPUs and no others; indices are those of the driver."""
    order = {} if "CUDA_VISIBLE_DEVICES" in os.environ else {"CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    return {"CUDA_VISIBLE_DEVICES": ",".join(gpu.token for gpu in gpus), **order}


def command_line(command: Sequence[str], processes: int) -> list[str]:
    """Return the full command of a tool: one process, or several of torchrun that meet at a free port."""
    if processes == 1:
        return [sys.executable, *command]
    start = ["-m", "torch.distributed.run", "--standalone", "--local-addr=127.0.0.1"]
    return [sys.executable, *start, f"--nproc-per-node={processes}", *command, "--launcher", "pytorch"]
