"""Rate of training of several GPUs together, one process each."""

import os
import socket
import time

import torch
from mmengine.config import Config
from torch.nn.parallel import DistributedDataParallel

from seg_plugins.runners.processes import leave_processes

__all__ = ["images_per_second"]

STEPS = 10


def images_per_second(count: int, size: tuple[int, int], images: int, device: str = "cuda") -> float:
    """Train FCN-R50 with the fast preset on `count` GPUs and return the images of all per second.

    Args:
        count: GPUs (or processes of a CPU).
        size: Height and width of the images.
        images: Images per step and GPU.
        device: "cuda" with NCCL, or "cpu" with gloo.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    context = torch.multiprocessing.get_context("spawn")
    queue = context.SimpleQueue()
    torch.multiprocessing.spawn(_train, (count, port, size, images, device, queue), nprocs=count)
    return queue.get()


def _train(
    rank: int, count: int, port: int, size: tuple[int, int], images: int, device: str, queue: object
) -> None:
    from .measurements import stock_config
    from .step_speed import drawn_batch, prepare_step, synchronise

    os.environ.update(MASTER_ADDR="127.0.0.1", MASTER_PORT=str(port))
    if device == "cuda":
        torch.cuda.set_device(rank)
    backend = "nccl" if device == "cuda" else "gloo"
    torch.distributed.init_process_group(backend, rank=rank, world_size=count)
    cfg = Config.fromfile(stock_config("FCN-R50", device))
    model, wrapper = prepare_step(cfg, True, device, size)
    parallel = DistributedDataParallel(model, [rank] if device == "cuda" else None)
    batch = drawn_batch(images, size, cfg.model.decode_head.num_classes)
    for step in range(STEPS + 3):
        if step == 3:
            synchronise(device)
            torch.distributed.barrier()
            start = time.perf_counter()
        data = model.data_preprocessor(batch, True)
        loss, _ = model.parse_losses(parallel(**data, mode="loss"))
        wrapper.update_params(loss)
    synchronise(device)
    torch.distributed.barrier()
    if rank == 0:
        queue.put(count * images * STEPS / (time.perf_counter() - start))
    del parallel, loss, data, wrapper, model  # see `leave_processes`
    leave_processes()
