import pytest
import torch
from mmengine.config import Config

from tests.runners.base import build, no_workers, tiny


def short(root, **options):
    return no_workers(tiny(root, train_cfg__max_iters=2, train_cfg__val_interval=100, **options))


def log_of(root):
    return "".join(path.read_text() for path in (root / "work").glob("*/*.log"))


@pytest.mark.parametrize(
    "options, message",
    [
        (
            dict(custom_hooks=[dict(type="FreezeHook", modules=["backbone", "decode_head"])]),
            "no parameter of",
        ),
        (dict(model__decode_head__loss_decode__class_weight=[1, 2, 3]), r"has 3 values and needs 2"),
        (
            dict(
                model__decode_head__loss_decode__class_weight=[1, 2, 3],
                custom_hooks=[dict(type="PreflightHook")],
            ),
            "has 3 values and needs 2",
        ),
        (dict(model__decode_head__loss_decode__loss_name="ce"), r"loss_name='ce' .* call it 'loss_ce'"),
        (dict(train_dataloader__batch_size=0), r"train_dataloader\.batch_size=0"),
        (
            dict(val_evaluator=None),
            r"val_evaluator is None or absent, but val_dataloader",
        ),
        (dict(val_dataloader__sampler=dict(type="InfiniteSampler")), r"val_dataloader\.sampler: Infinite"),
        (dict(model__decode_head__num_classes=300), r"num_classes=300: ignore_index=255"),
    ],
)
def test_it_is_refused_before_the_first_step(tmp_path, options, message):
    with pytest.raises(ValueError, match=message):
        build(short(tmp_path, **options)).train()
    assert not list((tmp_path / "work").glob("*.pth"))


def test_options_of_workers_are_off_without_them_and_that_is_said_once(tmp_path):
    cfg = tiny(tmp_path, train_cfg__max_iters=2, train_cfg__val_interval=2)
    for loader in ("train_dataloader", "val_dataloader", "test_dataloader"):
        cfg[loader].update(num_workers=0, persistent_workers=True, prefetch_factor=2)
    runner = build(cfg)
    runner.train()
    runner.test()
    line = "train_dataloader.num_workers=0: without effect is persistent_workers, prefetch_factor"
    assert log_of(tmp_path).count(line) == 1


def test_a_loss_that_is_logged_only_is_said(tmp_path):
    losses = [dict(type="CrossEntropyLoss"), dict(type="CrossEntropyLoss", loss_name="watched")]
    build(short(tmp_path, model__decode_head__loss_decode=losses)).train()
    assert "loss_name='watched': logged but not trained" in log_of(tmp_path)


def test_a_frozen_model_is_not_distributed(tmp_path, monkeypatch):
    """DistributedDataParallel refuses it, also where it is only tested."""
    monkeypatch.setattr("mmengine.runner.Runner.wrap_model", lambda self, cfg, model: "wrapped")
    runner = build(short(tmp_path))
    assert runner.model == "wrapped"
    network = torch.nn.Linear(1, 1)
    assert runner.wrap_model(None, network) == "wrapped"
    assert runner.wrap_model(None, network.requires_grad_(False)) is network


def test_the_config_in_the_work_directory_reads_as_what_was_run(tmp_path):
    """Double braces in a path of the user's are no variables."""
    cfg = short(tmp_path)
    cfg.own_place = "a {{ fileDirname }} '{{{ b"
    build(cfg).train()
    (written,) = (tmp_path / "work").glob("*.py")
    assert Config.fromfile(written).own_place == cfg.own_place


def test_synchronised_normalisation_acts_as_plain_where_it_cannot_be_and_that_is_said_once(
    tmp_path, monkeypatch
):
    norm = dict(type="SyncBN")
    changes = dict(model__backbone__norm_cfg=norm, model__decode_head__norm_cfg=norm)
    build(short(tmp_path, **changes)).train()
    log = log_of(tmp_path)
    assert log.count("layers act as BN, over the images of one process, since there is one process") == 1
    runner = build(short(tmp_path / "other"))
    assert "act as BN" not in log_of(tmp_path / "other")
    seen = []
    monkeypatch.setattr("mmengine.runner.Runner.wrap_model", lambda self, cfg, model: seen.append(model))
    runner._distributed = True  # gloo: SyncBatchNorm would raise at the first step
    runner.wrap_model(None, torch.nn.Sequential(torch.nn.SyncBatchNorm(4)))
    assert not isinstance(seen[0][0], torch.nn.SyncBatchNorm) and runner.checks.plain_norms == 1
