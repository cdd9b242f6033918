"""A training with its hooks, averaged weights and validation on the fake GPU equals that on the CPU."""

import pytest
import torch

from tests.devices.fake_cuda import fake_cuda, on_host
from tests.hooks.tiny_runner import tiny_runner

HOOKS = (
    dict(type="ExactEMAHook", momentum=0.1),
    dict(type="NonFiniteGuardHook"),
    dict(type="ChannelsLastHook"),
    dict(type="ChunkedLossHook"),
    dict(type="PreflightHook"),
    dict(type="OutOfMemoryHook"),
)
ITERATIONS = 3


@pytest.fixture(autouse=True)
def unformatted_configs(monkeypatch):
    monkeypatch.setattr("yapf.yapflib.yapf_api.FormatCode", lambda text, **_: (text, True))


def trained(folder, device, monkeypatch):
    """Return the weights, the averaged ones, the scores and the waits for a step."""
    monkeypatch.setattr("mmengine.runner.runner.get_device", lambda: device)
    steps = []
    with fake_cuda() as waits:
        runner = tiny_runner(
            folder, ITERATIONS, HOOKS, val_interval=ITERATIONS,
            val_evaluator=dict(type="ConfusionMetric"),
        )  # fmt: skip
        run_iter = runner.train_loop.run_iter

        def counted(batch):
            before = waits.own()
            run_iter(batch)
            steps.append(waits.own() - before)

        monkeypatch.setattr(runner.train_loop, "run_iter", counted)
        runner.train()
        scores = runner.message_hub.get_scalar("val/mIoU").current()
        average = next(h for h in runner.hooks if type(h).__name__ == "ExactEMAHook").ema_model
        made = [[t.detach() for t in m.state_dict().values()] for m in (runner.model, average)]
        assert all(t.device.type == device for t in made[0])
        return on_host(made), scores, steps


def test_a_training_on_the_gpu_is_that_on_the_cpu(tmp_path, monkeypatch):
    (weights, average), score, _ = trained(tmp_path / "cpu", "cpu", monkeypatch)
    on_gpu, gpu_score, steps = trained(tmp_path / "gpu", "cuda", monkeypatch)
    for expected, actual in zip((weights, average), on_gpu, strict=True):
        for a, b in zip(expected, actual, strict=True):
            torch.testing.assert_close(b, a)
    assert gpu_score == pytest.approx(score)
    assert len(steps) == ITERATIONS and max(steps) <= 1
