import os
import signal

import cv2
import numpy as np
import pytest
import torch
from mmengine.config import Config
from mmengine.runner import Runner
from mmseg.registry import RUNNERS

import seg_plugins.register  # noqa: F401  (registers)
from seg_plugins.runners import RunStopped
from tests.segmentors.small_model import small_config

PIPELINE = [dict(type="LoadImageFromFile"), dict(type="LoadAnnotations"), dict(type="PackSegInputs")]
CLASSICAL = dict(
    type="ClassicalSegmentor",
    num_classes=2,
    regions=dict(type="ThresholdRegions"),
    data_preprocessor=dict(type="SegDataPreProcessor"),
)


@pytest.fixture
def data_root(tmp_path):
    for kind in ("images", "labels"):
        (tmp_path / "data" / kind).mkdir(parents=True)
    rng = np.random.default_rng(0)
    for number in range(6):
        labels = np.zeros((24, 32), np.uint8)
        labels[6:18, rng.integers(2, 10) : rng.integers(16, 30)] = 1
        image = np.where(labels, 200, 60)[..., None] + rng.integers(-20, 20, (24, 32, 3))
        cv2.imwrite(str(tmp_path / "data" / "images" / f"{number}.png"), image.astype(np.uint8))
        cv2.imwrite(str(tmp_path / "data" / "labels" / f"{number}.png"), labels)
    return tmp_path / "data"


def runner(data_root, work_dir, model=CLASSICAL, batch=1, **change):
    loader = dict(
        batch_size=batch,
        num_workers=0,
        sampler=dict(type="DefaultSampler", shuffle=False),
        dataset=dict(
            type="BaseSegDataset",
            data_root=str(data_root),
            img_suffix=".png",
            data_prefix=dict(img_path="images", seg_map_path="labels"),
            metainfo=dict(classes=("ground", "box"), palette=[[0, 0, 0], [255, 0, 0]]),
            pipeline=PIPELINE,
        ),
    )
    config = dict(
        runner_type="SegRunner",
        default_scope="mmseg",
        work_dir=str(work_dir),
        model=model,
        train_dataloader=loader,
        val_dataloader=loader,
        train_cfg=dict(type="FitLoop"),
        val_cfg=dict(type="ValLoop"),
        val_evaluator=dict(type="ConfusionMetric"),
        optim_wrapper=dict(constructor="NoOptimWrapperConstructor", optimizer=dict(type="SGD", lr=0.0)),
        default_hooks=dict(
            checkpoint=dict(type="CheckpointHook", by_epoch=False, interval=-1),
            preflight=dict(type="PreflightHook"),
        ),
        log_processor=dict(by_epoch=False),
        randomness=dict(seed=0),
        experiment_name=str(work_dir).replace("/", "_"),
    )
    return RUNNERS.build(Config(config | change))


def test_one_pass_writes_a_checkpoint_that_another_run_loads(data_root, tmp_path):
    first = runner(data_root, tmp_path / "a")
    first.train()
    assert first.iter == 6 and first.message_hub.get_scalar("val/mIoU").current() > 90
    path = tmp_path / "a" / "iter_6.pth"
    torch.load(path, weights_only=False)
    second = runner(data_root, tmp_path / "b", load_from=str(path))
    second.load_or_resume()
    for name, value in first.model.state_dict().items():
        assert torch.equal(value, second.model.state_dict()[name]), name
    assert float(second.model.classifier.weight.sum()) == pytest.approx(6.0)


def test_it_runs_under_upstreams_runner(data_root, tmp_path):
    first = runner(data_root, tmp_path / "a", runner_type="Runner")
    first.train()
    assert type(first) is Runner and first.iter == 6


def test_it_stops_after_max_batches_and_resumes(data_root, tmp_path):
    first = runner(data_root, tmp_path / "a", train_cfg=dict(type="FitLoop", max_batches=4))
    first.train()
    assert float(first.model.classifier.weight.sum()) == pytest.approx(4.0)
    again = runner(data_root, tmp_path / "a", resume=True)
    again.train()
    assert again.iter == 6 and float(again.model.classifier.weight.sum()) == pytest.approx(6.0)


@pytest.mark.parametrize("change", [dict(batch=2), dict(train_cfg=dict(type="FitLoop", max_batches=2))])
def test_other_batches_than_those_in_the_statistics_are_refused(data_root, tmp_path, change):
    stopped_after(runner(data_root, tmp_path / "a"), 3)
    with pytest.raises(ValueError, match=r"3 of 6 batches are in the statistics .* now there are [36], of"):
        runner(data_root, tmp_path / "a", resume=True, **change).train()


def stopped_after(run, batches):
    """Let SIGTERM reach the run while it works on a batch."""
    call_hook = run.call_hook

    def signalled(name, **kwargs):
        call_hook(name, **kwargs)
        if name == "after_train_iter" and run.iter + 1 == batches:
            os.kill(os.getpid(), signal.SIGTERM)

    run.call_hook = signalled
    with pytest.raises(RunStopped):
        run.train()
    return run


def scaled():
    steps = [dict(type="TemperatureScaling")]
    return dict(type="PostprocessEncoderDecoder", **small_config(steps, num_classes=2))


@pytest.mark.parametrize("model, begins", [(CLASSICAL, 4), (scaled(), 1)])
def test_a_signal_stops_it_and_the_resumed_run_ends_as_the_whole_one(data_root, tmp_path, model, begins):
    whole = runner(data_root, tmp_path / "whole", model=model)
    whole.train()
    stopped_after(runner(data_root, tmp_path / "a", model=model), 3)
    again = runner(data_root, tmp_path / "a", model=model, resume=True)
    steps = []
    call_hook = again.call_hook
    again.call_hook = lambda name, **kwargs: (
        name == "before_train_iter" and steps.append(again.iter + 1),
        call_hook(name, **kwargs),
    )
    again.train()
    assert steps == list(range(begins, 7))
    expected = whole.model.state_dict()
    assert all(torch.equal(value, expected[name]) for name, value in again.model.state_dict().items())


def test_a_temperature_is_fitted(data_root, tmp_path):
    done = runner(data_root, tmp_path / "a", model=scaled())
    done.train()
    saved = torch.load(tmp_path / "a" / "iter_6.pth", weights_only=False)["state_dict"]
    assert float(saved["postprocess.0.temperature"]) > 0
    assert saved["postprocess.0.temperature"] == done.model.postprocess[0].temperature


def test_a_model_that_cannot_be_fitted_is_named(data_root, tmp_path):
    model = dict(type="EncoderDecoder", **small_config())
    with pytest.raises(ValueError, match="EncoderDecoder has no fit_step"):
        runner(data_root, tmp_path / "a", model=model).train()
