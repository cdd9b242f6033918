import os
import sys

import pytest

from seg_plugins.zoo.runs.devices import (
    Gpu,
    command_line,
    device_variables,
    gpus_of_suite,
    require_devices,
    visible_gpus,
)
from seg_plugins.zoo.suites.suite import load_suite
from tests.zoo.base import add_config, write_suite

ROWS = "0, GPU-aa11, GPU A\n1, GPU-aa22, GPU B\n2, GPU-bb33, GPU C, large\n"


@pytest.fixture
def driver(tmp_path, monkeypatch):
    """A driver with three GPUs."""
    folder = tmp_path / "driver"
    folder.mkdir()
    (folder / "rows").write_text(ROWS)
    (folder / "nvidia-smi").write_text(f"#!/bin/sh\ncat {folder}/rows\n")
    (folder / "nvidia-smi").chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)


@pytest.mark.parametrize(
    "visible, tokens",
    [
        (None, "0 1 2"),
        ("", ""),
        ("1", "1"),
        ("2,0", "2 0"),
        ("GPU-bb,1", "GPU-bb 1"),
        ("GPU-aa", ""),  # two begin so
        ("0,-1,1", "0"),
        ("7", ""),
        ("MIG-1/2/3", "MIG-1/2/3"),
    ],
)
def test_gpus_are_those_that_cuda_would_show(driver, visible, tokens):
    environ = {} if visible is None else {"CUDA_VISIBLE_DEVICES": visible}
    assert [gpu.token for gpu in visible_gpus(environ)] == tokens.split()


def test_names_are_the_drivers(driver):
    assert [gpu.name for gpu in visible_gpus({"CUDA_VISIBLE_DEVICES": "GPU-bb,0"})] == [
        "GPU C, large",
        "GPU A",
    ]


def test_without_a_driver_there_are_none(monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    assert visible_gpus({}) == [] and visible_gpus({"CUDA_VISIBLE_DEVICES": "0"}) == []


def test_suites_of_a_cpu_get_no_gpu_and_others_all(driver, layout):
    for machine, count in (({}, 3), ({"name": "a CPU", "cores": 2}, 0), ({"gpus_per_node": 8}, 3)):
        write_suite(layout.root, "toy", {"machine": machine})
        assert len(gpus_of_suite(load_suite(layout, "toy"))) == count


def test_too_few_gpus_are_refused_with_the_ways_out(layout):
    add_config(layout.root, "net/net_a_4xb2-1k_toy-8x8.py")
    write_suite(layout.root, "toy", {"models": ["net/net_a_4xb2-*.py"]})
    model = load_suite(layout, "toy").models[0]
    with pytest.raises(ValueError, match=r"4xb2.* on 4 GPUs at a time, and .* offers 2: .*--launcher slurm"):
        require_devices(model, 2)
    require_devices(model, 4)
    require_devices(model, 0)  # processes share the CPU


def test_a_run_sees_its_gpus_only(monkeypatch):
    gpus = [Gpu("3", "A"), Gpu("1", "A")]
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert device_variables(gpus) == {"CUDA_VISIBLE_DEVICES": "3,1", "CUDA_DEVICE_ORDER": "PCI_BUS_ID"}
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1,3")
    assert device_variables(gpus) == {"CUDA_VISIBLE_DEVICES": "3,1"}
    assert device_variables([]) == {"CUDA_VISIBLE_DEVICES": ""}


def test_several_processes_are_torchruns():
    assert command_line(["tools/train.py", "a"], 1) == [sys.executable, "tools/train.py", "a"]
    words = command_line(["tools/train.py", "a"], 4)
    assert words[1:4] == ["-m", "torch.distributed.run", "--standalone"] and "--nproc-per-node=4" in words
    assert words[-4:] == ["tools/train.py", "a", "--launcher", "pytorch"]
