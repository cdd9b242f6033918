"""Two ranks that share a batch train as one process that has all of it."""

import copy

import pytest
import torch
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import nn

from seg_plugins.optim.autocast_optim_wrapper import AutocastOptimWrapper
from seg_plugins.samplers import ExactInfiniteSampler
from tests.free_port import free_port
from tests.hooks.tiny_runner import RandomImages, model_config

STEPS, IMAGES = 3, 4
NORMS = {
    "group normalisation": dict(type="GN", num_groups=2),
    "frozen batch normalisation": dict(type="BN", requires_grad=False),
    "batch normalisation": dict(type="BN"),
}


def network(norm):
    init_default_scope("mmseg")
    cfg = model_config()
    for part in (cfg["backbone"], cfg["decode_head"]):
        part["norm_cfg"] = NORMS[norm]
    torch.manual_seed(0)
    model = MODELS.build(cfg).train()
    if norm.startswith("frozen"):
        for module in model.modules():
            if isinstance(module, nn.BatchNorm2d):
                module.eval()
    return model


def images():
    """A batch for each step; every pixel counts, so that ranks have equal shares of the mean."""
    data = RandomImages(STEPS * IMAGES)
    for step in range(STEPS):
        batch = [data[step * IMAGES + i] for i in range(IMAGES)]
        for one in batch:
            one["data_samples"].gt_sem_seg.data.clamp_(max=1)
        yield batch


def losses_of(model, batches, shares=1):
    """Return the loss of every step, the mean over so many shares that are normalised apart."""
    optimiser = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    wrapper = AutocastOptimWrapper(
        dtype="float32", skip_nonfinite=True, optimizer=optimiser, accumulative_counts=shares
    )
    wrapper.initialize_count_status(model, 0, STEPS * shares)
    found = []
    for batch in batches:
        size = len(batch) // shares
        parts = [batch[i * size : (i + 1) * size] for i in range(shares)]
        data = [{key: [one[key] for one in part] for key in part[0]} for part in parts]
        found.append(sum(float(model.train_step(one, wrapper)["loss"].detach()) for one in data) / shares)
    return found


def train_rank(rank, port, norm, results):
    torch.set_num_threads(1)
    address = f"tcp://127.0.0.1:{port}"
    torch.distributed.init_process_group("gloo", init_method=address, rank=rank, world_size=2)
    half = slice(rank * IMAGES // 2, (rank + 1) * IMAGES // 2)
    model = MMDistributedDataParallel(network(norm))
    found = losses_of(model, [batch[half] for batch in images()])
    mean = torch.tensor(found, dtype=torch.float64) / 2
    torch.distributed.all_reduce(mean)
    if rank == 0:
        results.put(mean.tolist())
    torch.distributed.destroy_process_group()


@pytest.mark.parametrize("norm", NORMS)
def test_losses_of_two_ranks_are_those_of_one_process_at_equal_global_batch(norm):
    """With batch normalisation: of one process that normalises each half apart."""
    results = torch.multiprocessing.get_context("spawn").SimpleQueue()
    torch.multiprocessing.spawn(train_rank, (free_port(), norm, results), nprocs=2)
    alone = losses_of(network(norm), copy.deepcopy(list(images())), 2 if norm == "batch normalisation" else 1)
    assert results.get() == pytest.approx(alone, rel=1e-5) and len(set(alone)) == STEPS


def drawn(ranks, batch, start, steps=5):
    """Return the keys of every step from `start`, of all ranks together, in the order of the data."""
    samplers = [ExactInfiniteSampler(range(10), seed=0) for _ in range(ranks)]
    for rank, sampler in enumerate(samplers):
        sampler.rank, sampler.world_size = rank, ranks
        sampler.skip(start * batch)
    streams = [iter(sampler) for sampler in samplers]
    keys = [[next(stream) for _ in range(batch) for stream in streams] for _ in range(steps)]
    return [[(int(key), key.seed) for key in step] for step in keys]


def test_a_run_that_continues_on_another_number_of_ranks_keeps_the_order_of_samples():
    """At an equal global batch: the keys hold index and seed of the augmentation."""
    whole = drawn(2, 2, 0, steps=12)
    for ranks, batch in ((1, 4), (2, 2), (4, 1)):
        assert drawn(ranks, batch, 7) == whole[7:]
