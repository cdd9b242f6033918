"""The fake GPU refuses what CUDA refuses, and counts where CUDA waits."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from tests.devices.fake_cuda import CUDA, FakeCuda, fake_cuda, on_host

VALUES = torch.arange(6.0).reshape(2, 3)


def on_gpu(value=VALUES):
    return value.clone().to("cuda")


def test_tensors_say_that_they_lie_on_the_gpu_and_hold_the_values():
    with fake_cuda():
        made = [on_gpu(), torch.zeros(2, 3, device="cuda"), torch.tensor([1.0], device=CUDA)]
        made += [made[0].new_tensor([2]), torch.zeros_like(made[0]), made[0].half(), VALUES.cuda()]
        made += [made[0][0, 1:]]
        assert all(type(t) is FakeCuda and t.device == CUDA and t.is_cuda and not t.is_cpu for t in made)
        assert torch.equal(on_host(made[0] * 2 + 1), VALUES * 2 + 1)
        assert made[0].cpu().device.type == "cpu" and type(made[0].cpu()) is torch.Tensor


MIXED = {
    "sum": lambda x: x + torch.ones(3),
    "concatenation": lambda x: torch.cat([x, torch.ones(1, 3)]),
    "stack with a number": lambda x: torch.stack([x[0, 0], torch.tensor(1.0)]),
    "product": lambda x: x @ torch.ones(3, 2),
    "values from the CPU": lambda x: x.masked_scatter(x > 1, torch.ones(6)),
    "index of the GPU into the CPU": lambda x: torch.ones(9)[x.long()],
    "layer on the CPU": lambda x: nn.Linear(3, 1)(x),
    "result on the CPU": lambda x: torch.ones(2, 3).add_(x),
    "array": lambda x: x.numpy(),
    "array by NumPy": lambda x: np.asarray(x),
}


@pytest.mark.parametrize("name", MIXED)
def test_tensors_of_two_devices_do_not_mix(name):
    with fake_cuda(), pytest.raises((RuntimeError, TypeError), match=r"same device|numpy"):
        MIXED[name](on_gpu())


def test_what_cuda_takes_from_the_cpu_is_taken():
    with fake_cuda():
        x = on_gpu()
        x += torch.tensor(1.0)
        x[:, torch.tensor([0])] = 7
        x[0] = torch.ones(3)
        assert on_host(x).tolist() == [[1, 1, 1], [7, 5, 6]]


WAITING = {
    "item": (1, lambda x: x.sum().item()),
    "float": (1, lambda x: float(x.sum())),
    "branch": (1, lambda x: 1 if (x > 2).any() else 0),
    "tolist": (1, lambda x: x.tolist()),
    "cpu": (1, lambda x: x.cpu()),
    "copy to the CPU": (1, lambda x: torch.zeros(2, 3).copy_(x)),
    "nonzero": (1, torch.nonzero),
    "mask": (1, lambda x: x[x > 2]),
    "mask written": (1, lambda x: x.__setitem__(x > 2, x[0, 0])),
    "equal": (1, lambda x: torch.equal(x, x + 1)),
    "unique": (1, lambda x: x.unique()),
    "numbers": (1, lambda x: x.new_tensor([1.0, 2.0])),
    "tensor": (1, lambda x: torch.tensor([1.0], device=x.device)),
    "list as index": (1, lambda x: x[[1, 0]]),
    "repeats": (1, lambda x: x[0].repeat_interleave(x[0].long())),
    "mask with a number": (0, lambda x: x.__setitem__(x > 2, 1.0)),
    "copy that does not wait": (0, lambda x: torch.ones(3).to(x.device, non_blocking=True)),
    "arithmetic": (0, lambda x: x.softmax(1).argmax(1)[None].clamp(0, 1)),
    "gather": (0, lambda x: x[x[:, 0].long().clamp(0, 1)]),
    "made there": (0, lambda x: torch.arange(3, device=x.device) + x.new_ones(3)),
}


@pytest.mark.parametrize("name", WAITING)
def test_waits_are_counted(name):
    expected, act = WAITING[name]
    with fake_cuda() as waits:
        x = on_gpu()
        waits.clear()
        act(x)
    assert sum(waits.values()) == expected, waits


def test_networks_train_as_on_the_cpu_and_can_be_copied():
    results = []
    for device in ("cpu", "cuda"):
        torch.manual_seed(0)
        net = nn.Sequential(nn.Conv2d(3, 4, 3), nn.BatchNorm2d(4), nn.ReLU(inplace=True), nn.Conv2d(4, 2, 1))
        x, y = torch.randn(2, 3, 8, 8), torch.randint(0, 2, (2, 6, 6))
        with fake_cuda() as waits:
            net = copy.deepcopy(net.to(device))
            optimiser = torch.optim.AdamW(net.parameters(), lr=0.1)
            x, y = x.to(device), y.to(device)
            waits.clear()
            for _ in range(2):
                optimiser.zero_grad()
                nn.functional.cross_entropy(net(x), y).backward()
                nn.utils.clip_grad_norm_(net.parameters(), 1.0)
                optimiser.step()
            assert not waits
            results.append(on_host([t.detach() for t in net.state_dict().values()]))
    assert all(torch.equal(a, b) for a, b in zip(*results, strict=True))
