import json
from pathlib import Path

import pytest
import torch
from mmengine.model import BaseModel
from mmengine.structures import PixelData
from mmseg.models.utils import resize
from mmseg.structures import SegDataSample
from torch.nn.functional import cross_entropy

from seg_plugins.loops.val_loss_loop import at_input_size, mean_losses, remembered_forward
from tests.loops.base import head, model, runner


def direct_loss(run):
    """Plain PyTorch: forward, resize, cross entropy summed and divided by all pixels, as upstream does."""
    total = 0.0
    run.model.eval()
    for batch in run.val_dataloader:
        data = run.model.data_preprocessor(batch, False)
        labels = torch.stack([s.gt_sem_seg.data[0] for s in data["data_samples"]])
        with torch.no_grad():
            features = run.model.extract_feat(data["inputs"])
            for name, weight in dict(decode_head=1.0, auxiliary_head=0.4).items():
                logits = resize(getattr(run.model, name)(features), labels.shape[-2:], mode="bilinear")
                summed = cross_entropy(logits, labels, ignore_index=255, reduction="sum")
                total += weight * summed.item() / labels.numel() * len(labels)
    return total / len(run.val_dataloader.dataset)


@pytest.mark.parametrize("batch", [1, 3])
def test_loss_equals_a_separate_forward_but_the_network_runs_once(tmp_path, batch):
    run = runner(tmp_path, batch=batch)
    metrics = run.val()
    assert run.model.backbone.passes == len(run.val_dataloader)
    parts = {"val/loss_decode.loss_ce", "val/loss_aux.loss_ce"}
    assert {k for k in metrics if k.startswith("val/")} == parts | {"val/loss"}
    assert metrics["val/loss"] == pytest.approx(sum(metrics[k] for k in parts))
    assert metrics["val/loss"] == pytest.approx(direct_loss(run), rel=1e-5)
    assert "mIoU" in metrics


def test_metrics_are_those_of_the_plain_loop(tmp_path):
    run = runner(tmp_path)
    with_loss = run.val()
    plain = run.test()
    assert {k: v for k, v in with_loss.items() if not k.startswith("val/")} == plain


@pytest.mark.parametrize(
    "change", [dict(divisor=40), dict(size=(24, 36)), dict(size=(24, 36), divisor=16, batch=2)]
)
def test_padded_and_resized_inputs(tmp_path, change):
    metrics = runner(tmp_path, **change).val()
    assert 0.5 < metrics["val/loss"] < 4


def test_sliding_windows_use_the_stitched_logits(tmp_path):
    run = runner(tmp_path, mode="slide")
    metrics = run.val()
    windows = 3 * 3
    assert run.model.backbone.passes == 4 * windows
    total = 0.0
    for batch in run.val_dataloader:
        data = run.model.data_preprocessor(batch, False)
        with torch.no_grad():
            logits = run.model.predict(**data)[0].seg_logits.data
        labels = data["data_samples"][0].gt_sem_seg.data
        summed = cross_entropy(logits[None], labels, ignore_index=255, reduction="sum")
        total += summed.item() / labels.numel() / 4
    assert metrics["val/loss"] == pytest.approx(total, rel=1e-5)


def scalars(run):
    lines = (Path(run.log_dir) / "vis_data" / "scalars.json").read_text().splitlines()
    return [json.loads(line) for line in lines]


def test_best_checkpoint_and_early_stopping_monitor_it(tmp_path):
    """Training with an absurd patience threshold stops after the second validation."""
    checkpoint = dict(
        type="CheckpointHook", by_epoch=False, interval=-1, save_best="val/loss", save_last=False
    )
    stop = dict(type="EarlyStoppingHook", monitor="val/loss", patience=1, min_delta=100.0)
    run = runner(tmp_path, iterations=20, hooks=dict(checkpoint=checkpoint), custom_hooks=[stop])
    run.train()
    assert run.iter == 4
    assert list(Path(run.work_dir).glob("best_val_loss_iter_*.pth"))


def test_each_validation_logs_its_own_loss(tmp_path):
    """The log processor averages everything called loss over a window; a validation's loss must not be."""
    run = runner(tmp_path, iterations=6)
    seen = []
    inner = run.val_loop.run
    run.val_loop.run = lambda: seen.append(inner()["val/loss"])
    run.train()
    logged = [line["val/loss"] for line in scalars(run) if "val/loss" in line]
    assert logged == pytest.approx(seen)
    assert len(set(logged)) == 3


def test_labels_follow_the_input():
    labels = torch.arange(12).reshape(1, 3, 4)
    sample = SegDataSample(gt_sem_seg=PixelData(data=labels), metainfo=dict(img_padding_size=(0, 2, 0, 1)))
    (copy,) = at_input_size([sample], (7, 10), fill=255)
    expected = labels.repeat_interleave(2, 1).repeat_interleave(2, 2)
    assert copy.gt_sem_seg.data.shape == (1, 7, 10)
    assert torch.equal(copy.gt_sem_seg.data[:, :6, :8], expected)
    assert (copy.gt_sem_seg.data[:, 6:] == 255).all()
    assert (copy.gt_sem_seg.data[:, :, 8:] == 255).all()
    assert torch.equal(sample.gt_sem_seg.data, labels)


def test_every_map_of_the_labels_size_follows_the_input():
    """Instances of a resized image: left at their size, they index outside of the labels."""
    labels = torch.arange(12).reshape(1, 3, 4)
    sample = SegDataSample(gt_sem_seg=PixelData(data=labels), metainfo=dict(img_padding_size=(0, 2, 0, 1)))
    sample.gt_instance_map = PixelData(data=labels.to(torch.uint8) + 1)
    sample.gt_depth_map = PixelData(data=labels / 7)
    sample.gt_other = PixelData(data=torch.ones(1, 2, 2))
    (copy,) = at_input_size([sample], (7, 10), fill=255)
    inner = labels.repeat_interleave(2, 1).repeat_interleave(2, 2)
    for name, expected in (("gt_instance_map", inner.to(torch.uint8) + 1), ("gt_depth_map", inner / 7)):
        data = copy.get(name).data
        assert data.dtype == expected.dtype and torch.equal(data[:, :6, :8], expected)
        assert (data[:, 6:] == 0).all() and (data[:, :, 8:] == 0).all()
    assert copy.gt_other.data.shape == (1, 2, 2)


def cascade(**changes):
    config = model(**changes)
    second = head(type="OCRHead", ocr_channels=4, norm_cfg=dict(type="BN")) | dict(in_index=0)
    second.pop("concat_input"), second.pop("num_convs")
    return config | dict(
        type="CascadeEncoderDecoder", num_stages=2, decode_head=[config["decode_head"], second]
    )


@pytest.mark.parametrize("mode", ["whole", "slide"])
def test_a_cascade_is_validated_with_its_loss(tmp_path, monkeypatch, mode):
    monkeypatch.setattr("tests.loops.base.model", cascade)
    run = runner(tmp_path, mode=mode, custom_hooks=[dict(type="PreflightHook")], iterations=1)
    run.train()
    metrics = run.val()
    assert 0.5 < metrics["val/loss"] < 10


def test_several_scales_run_once_for_prediction_and_loss(tmp_path, monkeypatch):
    def several(**changes):
        return model(auxiliary=False, **changes) | dict(type="MultiScaleEncoderDecoder", scales=(0.5, 1.0))

    monkeypatch.setattr("tests.loops.base.model", several)
    run = runner(tmp_path)
    metrics = run.val()
    assert run.model.backbone.passes == 2 * len(run.val_dataloader)
    assert metrics["val/loss"] > metrics["val/loss_scale_0.5.loss_ce"] > 0


def test_images_without_labels_are_predicted_only(tmp_path):
    run = runner(tmp_path)
    run.model.predict = lambda inputs, samples=None: []
    run.val_loop._sums, run.call_hook = {}, lambda *_, **__: None
    run.val_loop.run_iter(0, dict(inputs=[torch.zeros(3, 32, 48)], data_samples=[SegDataSample()]))
    assert run.val_loop._sums == {}


class BareModel(BaseModel):
    """Without `loss`."""

    def forward(self, inputs, data_samples=None, mode="tensor"):
        return data_samples


def test_a_model_of_another_kind_is_predicted_only(tmp_path):
    """MMEngine's models have no `loss`, and may take a list of images."""
    run = runner(tmp_path)
    sample = SegDataSample(gt_sem_seg=PixelData(data=torch.zeros(1, 32, 48)))
    run.model = BareModel()
    run.val_loop._sums, run.call_hook = {}, lambda *_, **__: None
    run.val_loop.evaluator.process = lambda **_: None
    run.val_loop.run_iter(0, dict(inputs=[torch.zeros(3, 32, 48)], data_samples=[sample]))
    assert run.val_loop._sums == {}


def test_accuracies_are_no_losses():
    losses = {
        "decode.loss_ce": torch.tensor(2.0),
        "aux.loss": [torch.tensor(1.0)] * 2,
        "decode.acc_seg": torch.ones(1),
    }
    assert mean_losses(losses) == {"val/loss": 4, "val/loss_decode.loss_ce": 2, "val/loss_aux.loss": 2}


def test_the_model_is_left_as_it_was(tmp_path):
    run = runner(tmp_path)
    with pytest.raises(ZeroDivisionError), remembered_forward(run.model):
        raise ZeroDivisionError
    assert not {"extract_feat", "inference"} & set(vars(run.model))
    assert "forward" not in vars(run.model.decode_head)
