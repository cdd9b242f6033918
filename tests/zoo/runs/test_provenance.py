import hashlib
import os
import subprocess

import pytest

from seg_plugins.zoo.runs.provenance import code_state, gpu_names, hardware, precision, sha256


def test_hardware_is_that_of_this_process():
    assert hardware(2)["cores"] == len(os.sched_getaffinity(0)) and hardware(2)["threads"] == 2


def test_gpus_come_from_the_driver(tmp_path, monkeypatch):
    tool = tmp_path / "nvidia-smi"
    tool.write_text("#!/bin/sh\necho '0, GPU-a, GPU A'\necho '1, GPU-b, GPU B'\n")
    tool.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    monkeypatch.delenv("CUDA_VISIBLE_DEVICES", raising=False)
    assert gpu_names() == ["GPU A", "GPU B"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "1")
    assert gpu_names() == ["GPU B"]
    monkeypatch.setenv("CUDA_VISIBLE_DEVICES", "")
    assert gpu_names() == [] and hardware(1)["gpus"] == [] and hardware(1, ["GPU B"])["gpus"] == ["GPU B"]


def git(root, *words):
    subprocess.run(
        ["git", "-C", root, "-c", "user.name=t", "-c", "user.email=t@example.org", *words], check=True
    )


def test_the_code_hash_follows_code_not_texts(layout):
    assert code_state(layout) == {"commit": "unknown", "code": "unknown", "dirty": False}
    root = layout.root
    (root / "seg_plugins").mkdir()
    (root / "seg_plugins/a.py").write_text("a = 1\n")
    git(root, "init", "-q")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "one")
    first = code_state(layout)
    (root / "README.md").write_text("text")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "two")
    second = code_state(layout)
    assert second["code"] == first["code"] and second["commit"] != first["commit"] and not second["dirty"]
    (root / "seg_plugins/a.py").write_text("a = 2\n")
    assert code_state(layout)["dirty"]
    git(root, "commit", "-qam", "three")
    assert code_state(layout)["code"] != first["code"]


@pytest.mark.parametrize(
    "wrapper, fast, expected",
    [
        ({"type": "OptimWrapper"}, None, "float32"),
        ({"type": "AmpOptimWrapper"}, None, "float16"),
        ({"type": "AutocastOptimWrapper", "dtype": "bfloat16"}, None, "bfloat16"),
        ({"type": "OptimWrapper"}, {"autocast": "bfloat16"}, "bfloat16"),
        ({"type": "OptimWrapper"}, {"autocast": False}, "float32"),
    ],
)
def test_precision_is_the_wrappers_or_the_presets(wrapper, fast, expected):
    assert precision({"optim_wrapper": wrapper, "fast": fast}) == expected


def test_sha256(tmp_path):
    (tmp_path / "f").write_bytes(b"abc")
    assert sha256(tmp_path / "f") == hashlib.sha256(b"abc").hexdigest()
