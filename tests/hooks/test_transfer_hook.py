import json

import pytest
import torch
from torch import nn

from seg_plugins.hooks.transfer_hook import transfer
from tests.hooks.tiny_runner import tiny_runner


def test_the_report_names_every_key():
    model = nn.Sequential(nn.Linear(2, 3), nn.Linear(3, 4))
    state = {"net.0.weight": torch.ones(3, 2), "net.1.weight": torch.ones(5, 3), "net.other": torch.ones(1)}
    report = transfer(model, state, [(r"^net\.", "")])
    assert report == dict(
        loaded=["0.weight"],
        missing=["0.bias", "1.bias"],
        unexpected=["other"],
        wrong_shape={"1.weight": [[5, 3], [4, 3]]},
        parameters_loaded=6,
        parameters=25,
    )
    assert (model[0].weight == 1).all()


@pytest.mark.parametrize("suffix", ["pth", "safetensors"])
def test_a_bare_backbone_starts_a_run(tmp_path, suffix):
    source = tiny_runner(tmp_path / "a").model.backbone.state_dict()
    path = tmp_path / f"backbone.{suffix}"
    if suffix == "pth":
        torch.save(dict(model=source), path)
    else:
        pytest.importorskip("safetensors.torch").save_file(
            {k: v.contiguous() for k, v in source.items()}, path
        )
    hook = dict(type="TransferHook", checkpoint=str(path), rename=[("^", "backbone.")])
    runner = tiny_runner(tmp_path / "b", hooks=[hook], iters=1, optim_wrapper=dict(
        type="AutocastOptimWrapper", dtype="float32", optimizer=dict(type="SGD", lr=0.0)
    ))  # fmt: skip
    runner.train()
    assert torch.equal(runner.model.backbone.conv1.weight, source["conv1.weight"])
    report = json.loads((tmp_path / "b" / "transfer.json").read_text())
    assert len(report["loaded"]) == len(source) and report["unexpected"] == []


def test_a_checkpoint_that_does_not_fit_is_refused(tmp_path):
    torch.save({"encoder.weight": torch.ones(3)}, tmp_path / "other.pth")
    hook = dict(type="TransferHook", checkpoint=str(tmp_path / "other.pth"))
    with pytest.raises(ValueError, match=r"Set `rename`.*encoder\.weight"):
        tiny_runner(tmp_path / "run", hooks=[hook]).train()


def test_a_missing_file_is_named(tmp_path):
    hook = dict(type="TransferHook", checkpoint="nowhere.pth")
    with pytest.raises(FileNotFoundError, match=r"nowhere\.pth"):
        tiny_runner(tmp_path, hooks=[hook]).train()
