"""Two ranks that share a batch train as one process that has all of it."""

import copy
import datetime

import pytest
import torch
from mmengine.model import MMDistributedDataParallel
from mmengine.registry import init_default_scope
from mmseg.registry import MODELS
from torch import nn

from seg_plugins.optim.autocast_optim_wrapper import AutocastOptimWrapper
from seg_plugins.runners.processes import leave_processes
from seg_plugins.samplers import ExactInfiniteSampler
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


def losses_of_half(norm, half):
    """Return this rank's share of the mean losses of both ranks."""
    model = MMDistributedDataParallel(network(norm), broadcast_buffers=False)
    return torch.tensor(losses_of(model, [batch[half] for batch in images()]), dtype=torch.float64) / 2


def train_rank(rank, rendezvous, results):
    """Train with every kind of normalisation; a collective that waits for a rank fails after two minutes."""
    torch.set_num_threads(1)
    limit = datetime.timedelta(minutes=2)
    address = f"file://{rendezvous}"
    torch.distributed.init_process_group("gloo", init_method=address, rank=rank, world_size=2, timeout=limit)
    half = slice(rank * IMAGES // 2, (rank + 1) * IMAGES // 2)
    means = torch.stack([losses_of_half(norm, half) for norm in NORMS])  # no network outlives the group
    torch.distributed.all_reduce(means)
    if rank == 0:
        results.put(means.tolist())
    leave_processes()


@pytest.fixture(scope="module")
def losses_of_two_ranks(tmp_path_factory):
    results = torch.multiprocessing.get_context("spawn").SimpleQueue()
    rendezvous = tmp_path_factory.mktemp("ranks") / "rendezvous"
    torch.multiprocessing.spawn(train_rank, (rendezvous, results), nprocs=2)
    return dict(zip(NORMS, results.get(), strict=True))


@pytest.mark.parametrize("norm", NORMS)
def test_losses_of_two_ranks_are_those_of_one_process_at_equal_global_batch(norm, losses_of_two_ranks):
    """With batch normalisation: of one process that normalises each half apart."""
    alone = losses_of(network(norm), copy.deepcopy(list(images())), 2 if norm == "batch normalisation" else 1)
    assert losses_of_two_ranks[norm] == pytest.approx(alone, rel=1e-5) and len(set(alone)) == STEPS


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
