import copy
import subprocess
import sys
from pathlib import Path

import pytest
import torch
from mmengine.optim import OptimWrapper
from mmseg.registry import OPTIM_WRAPPERS
from torch import nn

from seg_plugins.optim import autocast_optim_wrapper as module
from seg_plugins.optim.autocast_optim_wrapper import AutocastOptimWrapper, resolve_dtype

ROOT = Path(__file__).parents[2]


def model_and_optimizer(seed=0, **kwargs):
    torch.manual_seed(seed)
    model = nn.Sequential(nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 2, 1))
    return model, torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, **kwargs)


def train(model, wrapper, steps=4, seed=1):
    generator = torch.Generator().manual_seed(seed)
    for _ in range(steps):
        x = torch.randn(2, 3, 8, 8, generator=generator)
        with wrapper.optim_context(model):
            loss = model(x).float().square().mean()
        wrapper.update_params(loss)
    return torch.cat([p.detach().flatten() for p in model.parameters()])


@pytest.mark.parametrize("loss", [0, torch.ones(())])
def test_a_model_without_a_loss_to_train_is_told(loss):
    """0 is what upstream's sum over no losses gives."""
    wrapper = AutocastOptimWrapper(dtype="float32", optimizer=model_and_optimizer()[1])
    with pytest.raises(ValueError, match=r"nothing to train: .*'loss' in their names"):
        wrapper.update_params(loss)


def test_auto_is_bfloat16_only_where_the_cpu_has_it(monkeypatch):
    cpu = torch.device("cpu")
    for has, expected in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(module, "cpu_prefers_bf16", lambda has=has: has)
        assert resolve_dtype("auto", cpu) is expected


def test_auto_follows_the_gpu_generation(monkeypatch):
    for capability, expected in (((7, 5), torch.float32), ((8, 0), torch.bfloat16), ((9, 0), torch.bfloat16)):
        monkeypatch.setattr(torch.cuda, "get_device_capability", lambda _, c=capability: c)
        assert resolve_dtype("auto", torch.device("cuda")) is expected


def test_a_wrong_dtype_is_named():
    with pytest.raises(ValueError, match="dtype='half'"):
        resolve_dtype("half", torch.device("cpu"))


@pytest.mark.parametrize("dtype", ["float32", "bfloat16", "float16"])
def test_the_forward_pass_runs_in_the_chosen_type(dtype):
    model, optimizer = model_and_optimizer()
    wrapper = AutocastOptimWrapper(dtype=dtype, optimizer=optimizer)
    with wrapper.optim_context(model):
        assert model(torch.zeros(1, 3, 8, 8)).dtype is getattr(torch, dtype)
    assert all(p.dtype is torch.float32 for p in model.parameters())


@pytest.mark.parametrize(
    "kwargs",
    [
        {},
        dict(clip_grad=dict(max_norm=0.01)),
        dict(accumulative_counts=2),
        dict(clip_grad=dict(type="value", clip_value=1e-3)),
    ],
)
def test_float32_equals_upstreams_wrapper(kwargs):
    model, optimizer = model_and_optimizer()
    expected = train(model, OptimWrapper(optimizer=optimizer, **copy.deepcopy(kwargs)))
    model, optimizer = model_and_optimizer()
    actual = train(model, AutocastOptimWrapper(dtype="float32", optimizer=optimizer, **kwargs))
    assert torch.equal(actual, expected)


@pytest.mark.parametrize("dtype", ["bfloat16", "float16"])
@pytest.mark.parametrize("clip", [None, dict(max_norm=0.5)])
def test_low_precision_lies_near_float32(dtype, clip):
    model, optimizer = model_and_optimizer()
    expected = train(
        model, AutocastOptimWrapper(dtype="float32", optimizer=optimizer, clip_grad=copy.copy(clip))
    )
    model, optimizer = model_and_optimizer()
    wrapper = AutocastOptimWrapper(
        dtype=dtype, optimizer=optimizer, loss_scale=128.0, clip_grad=copy.copy(clip)
    )
    torch.testing.assert_close(train(model, wrapper), expected, atol=5e-3, rtol=0)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_training_continues_exactly_from_a_state(dtype):
    model, optimizer = model_and_optimizer()
    wrapper = AutocastOptimWrapper(dtype=dtype, optimizer=optimizer)
    train(model, wrapper)
    weights, state = copy.deepcopy(model.state_dict()), copy.deepcopy(wrapper.state_dict())
    expected = train(model, wrapper, seed=2)
    model, optimizer = model_and_optimizer(seed=5)
    model.load_state_dict(weights)
    wrapper = AutocastOptimWrapper(dtype=dtype, optimizer=optimizer)
    wrapper.load_state_dict(state)
    assert "loss_scaler" not in state or state["loss_scaler"]
    assert torch.equal(train(model, wrapper, seed=2), expected)


@pytest.mark.parametrize("dtype", ["float32", "float16"])
def test_a_step_with_a_bad_gradient_is_skipped(dtype):
    model, optimizer = model_and_optimizer()
    wrapper = AutocastOptimWrapper(dtype=dtype, optimizer=optimizer, skip_nonfinite=True)
    before = copy.deepcopy(model.state_dict())
    with wrapper.optim_context(model):
        loss = model(torch.full((1, 3, 8, 8), torch.nan)).float().sum()
    wrapper.update_params(loss)
    assert wrapper.skipped
    assert all(torch.equal(v, before[k]) for k, v in model.state_dict().items())
    train(model, wrapper, steps=1)
    assert not wrapper.skipped and wrapper.grad_norm > 0


def test_a_step_with_a_bad_loss_is_skipped():
    model, optimizer = model_and_optimizer()
    wrapper = AutocastOptimWrapper(dtype="float32", optimizer=optimizer, skip_nonfinite=True)
    loss = model(torch.ones(1, 3, 8, 8)).sum() + torch.inf
    wrapper.update_params(loss)
    assert wrapper.skipped and torch.isfinite(torch.tensor(wrapper.grad_norm))
    train(model, wrapper, steps=1)
    assert not wrapper.skipped


def test_it_is_built_from_a_config():
    _, optimizer = model_and_optimizer()
    wrapper = OPTIM_WRAPPERS.build(
        dict(type="AutocastOptimWrapper", optimizer=optimizer, loss_scale="dynamic")
    )
    assert wrapper.cast_dtype in (torch.float32, torch.bfloat16)


RANK = """
import sys, torch
import torch.distributed as dist
from tests.optim.test_autocast_optim_wrapper import AutocastOptimWrapper, model_and_optimizer
rank, folder = int(sys.argv[1]), sys.argv[2]
dist.init_process_group("gloo", init_method=f"file://{folder}/store", rank=rank, world_size=2)
model, optimizer = model_and_optimizer()
wrapper = AutocastOptimWrapper(dtype="float32", skip_nonfinite=True, optimizer=optimizer)
found = []
for constant in (0.0, float("inf") if rank else 0.0):
    wrapper.update_params(model(torch.ones(1, 3, 8, 8)).mean() + constant)
    found.append(wrapper.skipped)
torch.save(found, f"{folder}/{rank}.pt")
dist.destroy_process_group()
"""


def test_a_loss_that_is_infinite_on_one_rank_is_skipped_on_all(tmp_path):
    command = [sys.executable, "-W", "ignore", "-c", RANK]
    ranks = [subprocess.Popen([*command, str(rank), str(tmp_path)], cwd=ROOT) for rank in range(2)]
    assert [process.wait(900) for process in ranks] == [0, 0]
    assert [torch.load(tmp_path / f"{rank}.pt") for rank in range(2)] == [[False, True]] * 2
