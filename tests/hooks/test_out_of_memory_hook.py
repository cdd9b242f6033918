import pytest
import torch

from seg_plugins.hooks.out_of_memory_hook import GIB, advice
from tests.hooks.tiny_runner import tiny_runner


def test_the_message_names_peak_batch_crop_and_remedies():
    text = advice(dict(inputs=torch.zeros(4, 3, 512, 1024)), 70 * GIB, 80 * GIB)
    for part in (
        "peak 70.0 GiB of 80.0 GiB",
        "batch of 4 images",
        "512x1024",
        "batch_size",
        "crop_size",
        "fast.py",
    ):
        assert part in text


def full(*args):
    raise torch.OutOfMemoryError("CUDA out of memory")


def test_a_training_that_does_not_fit_is_explained(tmp_path):
    runner = tiny_runner(tmp_path, hooks=[dict(type="OutOfMemoryHook")])
    runner.model.backbone.register_forward_hook(full)
    with pytest.raises(RuntimeError, match=r"batch of 2 images of 16x16\. Lower"):
        runner.train()


def test_a_rehearsal_that_does_not_fit_is_explained(tmp_path):
    hooks = [dict(type="OutOfMemoryHook"), dict(type="PreflightHook")]
    runner = tiny_runner(tmp_path, hooks=hooks, val_interval=2, val_cfg=dict(type="ValLossLoop"))
    runner.model.predict = full
    with pytest.raises(RuntimeError, match=r"batch of 1 image of 16x16\. Let windows slide"):
        runner.train()


@pytest.mark.parametrize("loop", ["ValLoop", "ValLossLoop"])
def test_a_validation_that_does_not_fit_is_explained(tmp_path, loop):
    runner = tiny_runner(
        tmp_path, hooks=[dict(type="OutOfMemoryHook")], val_interval=2, val_cfg=dict(type=loop)
    )
    predict = runner.model.predict
    runner.model.predict = lambda *args: full() if runner.iter else predict(*args)
    with pytest.raises(RuntimeError, match=r"batch of 1 image of 16x16\. Let windows slide"):
        runner.train()
