"""What only a GPU can show; `tools/gpu_check.sh` runs these tests on a node that has one."""

import copy

import pytest
import torch
from mmseg.registry import METRICS, MODELS

import seg_plugins.losses
from seg_plugins.optim.autocast_optim_wrapper import AutocastOptimWrapper
from tests.devices import test_families as families
from tests.devices import test_parts as parts
from tests.hooks.tiny_runner import tiny_runner

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device"),
]


@pytest.fixture(autouse=True)
def plain_precision(monkeypatch):
    """Float32 without TF32, kernels that repeat their results, configs without formatting."""
    monkeypatch.setattr(torch.backends.cuda.matmul, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cudnn, "allow_tf32", False)
    monkeypatch.setattr(torch.backends.cudnn, "deterministic", True)
    monkeypatch.setattr("yapf.yapflib.yapf_api.FormatCode", lambda text, **_: (text, True))


@pytest.mark.parametrize("name", seg_plugins.losses.__all__)
def test_losses_and_gradients_are_those_of_the_cpu(name):
    inner = [dict(type="SoftDiceLoss"), dict(type="ExactCrossEntropyLoss")]
    loss = MODELS.build(dict(type=name, **(dict(losses=inner) if name == "WeightedSumLoss" else {})))
    found = []
    for device in ("cpu", "cuda"):
        score = parts.LOGITS.to(device).requires_grad_()
        value = copy.deepcopy(loss).to(device)(score, parts.LABELS.to(device))
        value.backward()
        found.append((value.detach().cpu(), score.grad.cpu()))
    torch.testing.assert_close(found[1], found[0], rtol=1e-3, atol=1e-5)


@pytest.mark.parametrize("step", [step for step, _ in parts.STEPS], ids=str)
def test_post_processing_is_that_of_the_cpu(step):
    found = []
    for device in ("cpu", "cuda"):
        logits, image = parts.LOGITS.to(device), parts.IMAGES.to(device)
        done = MODELS.build(dict(step)).to(device)(parts.BatchPrediction(logits, logits.argmax(1), image))
        found.append((done.logits.cpu(), done.labels.cpu()))
    torch.testing.assert_close(found[1][0], found[0][0], rtol=1e-3, atol=1e-3)
    assert (found[0][1] != found[1][1]).float().mean() < 0.01


@pytest.mark.parametrize("cfg", [cfg for cfg, *_ in parts.METRICS_AND_WAITS], ids=str)
def test_metrics_are_those_of_the_cpu(cfg):
    expected = parts.evaluated(cfg, parts.LOGITS, parts.LABELS)
    actual = parts.evaluated(cfg, parts.LOGITS.cuda(), parts.LABELS.cuda())
    assert {k: pytest.approx(v, rel=1e-5, nan_ok=True) for k, v in expected.items()} == actual


@pytest.mark.parametrize(
    "cfg", [cfg for cfg, per_image, _ in parts.METRICS_AND_WAITS if not per_image], ids=str
)
def test_metrics_do_not_wait_before_the_end(cfg):
    metric = METRICS.build(cfg)
    metric.dataset_meta = dict(classes=[f"class {k}" for k in range(parts.CLASSES)])
    logits, labels = parts.LOGITS.cuda(), parts.LABELS.cuda()
    sample = dict(seg_logits=logits[0], pred_sem_seg=logits[0].argmax(0)[None], gt_sem_seg=labels[0][None])
    sample = {key: dict(data=value) for key, value in sample.items()} | dict(img_path="a.png")
    torch.cuda.set_sync_debug_mode("error")
    try:
        metric.process(None, [sample])
    finally:
        torch.cuda.set_sync_debug_mode("default")
    assert metric.evaluate(1)


@pytest.mark.parametrize("leaf", families.FAMILIES, ids=lambda leaf: leaf.parent.name)
def test_a_step_and_a_prediction_of_every_family(leaf):
    classes = families.config(leaf).num_classes
    reference, model = families.build(leaf)[0], families.build(leaf)[0].to("cuda")
    data = families.batch(classes, 3)
    with torch.no_grad():
        wanted, predicted = (
            m.eval().test_step(copy.deepcopy(data))[0].pred_sem_seg.data.cpu() for m in (reference, model)
        )
    assert (wanted != predicted).float().mean() < 0.02
    losses = families.train_step(model, families.batch(classes, 3))
    assert all(torch.isfinite(value) for value in losses.values())


def test_a_training_repeats_itself_bit_for_bit(tmp_path):
    found = []
    for folder in ("a", "b"):
        runner = tiny_runner(tmp_path / folder, 4)
        runner.train()
        found.append([t.detach().cpu() for t in runner.model.state_dict().values()])
        assert next(runner.model.parameters()).is_cuda
    assert all(torch.equal(a, b) for a, b in zip(*found, strict=True))


def test_a_gradient_that_overflows_float16_skips_the_step_and_lowers_the_scale():
    layer = torch.nn.Linear(4, 4, device="cuda")
    wrapper = AutocastOptimWrapper(
        dtype="float16", skip_nonfinite=True, optimizer=torch.optim.SGD(layer.parameters(), lr=1.0)
    )
    before, scale = layer.weight.detach().clone(), wrapper.loss_scaler.get_scale()
    with wrapper.optim_context(layer):
        loss = (layer(torch.full((2, 4), 3e4, device="cuda")) * 3e4).float().sum()
    wrapper.update_params(loss)
    assert wrapper.skipped and torch.equal(layer.weight, before)
    assert wrapper.loss_scaler.get_scale() < scale


def test_the_message_about_memory_names_the_peak(tmp_path):
    runner = tiny_runner(tmp_path, 1, [dict(type="OutOfMemoryHook")])
    runner.model.train_step = lambda *_, **__: torch.empty(2**50, dtype=torch.uint8, device="cuda")
    with pytest.raises(RuntimeError, match=r"out of GPU memory: peak [0-9.]+ GiB of [1-9]"):
        runner.train()
