import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image

from seg_plugins.commands.train import build_runner
from seg_plugins.hooks.preflight_hook import check_class_ids
from tests.commands.base import write_run


def make_runner(folder, **changes):
    cfg = Config.fromfile(write_run(folder))
    cfg.work_dir, cfg.launcher = str(folder / "work"), "none"
    cfg.merge_from_dict({"default_hooks.preflight": dict(type="PreflightHook")} | changes)
    cfg.default_hooks = {name: hook for name, hook in cfg.default_hooks.items() if hook}
    cfg.experiment_name = str(folder)  # the key of MMEngine's global message hub
    return build_runner(cfg)


def test_it_changes_nothing_of_the_run(tmp_path):
    """Losses and metrics of a run are the same with and without the rehearsal."""
    runs = {}
    for name, hook in (("with", dict(type="PreflightHook")), ("without", None)):
        runner = make_runner(tmp_path / name, **{"default_hooks.preflight": hook})
        runner.train()
        runs[name] = runner.message_hub.get_scalar("train/loss").data[0].tolist(), runner.val_loop.run()
    assert len(runs["with"][0]) == 2 and runs["with"][1]["mIoU"] > 0
    assert runs["with"] == runs["without"]


def test_a_metric_that_fails_is_seen_before_the_first_step(tmp_path):
    runner = make_runner(tmp_path, **{"val_evaluator.iou_metrics": ["mIoUU"]})
    with pytest.raises(KeyError) as caught:
        runner.train()
    assert "before iteration 1 by PreflightHook" in caught.value.__notes__[0]
    assert runner.iter == 0


def test_a_best_metric_that_never_comes_is_named(tmp_path):
    runner = make_runner(tmp_path, **{"default_hooks.checkpoint.save_best": "mIou"})
    with pytest.raises(ValueError, match=r"save_best='mIou' is not among the metrics.*mIoU"):
        runner.train()


def test_a_monitored_metric_that_never_comes_is_named(tmp_path):
    stop = dict(type="EarlyStoppingHook", monitor="mIou", rule="greater")
    runner = make_runner(tmp_path / "hook", custom_hooks=[stop])
    with pytest.raises(ValueError, match=r"EarlyStoppingHook\.monitor='mIou' is not among the metrics"):
        runner.train()
    plateau = dict(type="ReduceOnPlateauLR", monitor="loss", by_epoch=True)
    runner = make_runner(tmp_path / "schedule", param_scheduler=[plateau])
    with pytest.raises(ValueError, match=r"ReduceOnPlateauLR\.monitor='loss' is not among the metrics"):
        runner.train()


def test_the_validation_loss_may_be_the_best_metric(tmp_path):
    best = {"default_hooks.checkpoint.save_best": "val/loss", "default_hooks.checkpoint.rule": "less"}
    make_runner(tmp_path, **{"val_cfg.type": "ValLossLoop"}, **best).train()
    assert list((tmp_path / "work").glob("best_val_loss_iter_*.pth"))


def test_a_mask_with_an_unknown_id_is_named_before_the_loss(tmp_path):
    runner = make_runner(tmp_path)
    for path in (tmp_path / "data/labels/train").glob("*.png"):
        Image.fromarray(np.full((48, 40), 7, np.uint8)).save(path)
    with pytest.raises(ValueError, match=r"labels/train/\d\.png: class ids out of range: 7 \(1024 pixels\)"):
        runner.train()


def masks(folder, value, names="*"):
    for path in (folder / "data/labels/train").glob(f"{names}.png"):
        Image.fromarray(np.full((48, 40), value, np.uint8)).save(path)


def test_masks_that_are_ignored_everywhere_are_named_at_the_first_step(tmp_path):
    runner = make_runner(tmp_path)
    masks(tmp_path, 255)
    with pytest.raises(
        ValueError, match=r"\.png: every pixel is ignored \(id 255\), .* first 6 of 6 training"
    ):
        runner.train()
    assert runner.iter == 0


def test_a_batch_that_is_ignored_is_said_and_trained(tmp_path):
    order = {"train_dataloader.sampler.shuffle": False}
    runner = make_runner(tmp_path, **order)
    masks(tmp_path, 255, "[0-4]")
    runner.train()
    text = "".join(path.read_text() for path in (tmp_path / "work").glob("*/*.log"))
    assert text.count("0.png: every pixel of this batch is ignored (id 255); others") == 1


def pooling(**loader):
    """A head that pools to one pixel before batch normalisation."""
    head = dict(type="PSPHead", in_channels=8, channels=8, pool_scales=(1, 2), num_classes=2)
    return {
        "model.decode_head": head | dict(_delete_=True, norm_cfg=dict(type="BN")),
        **{f"train_dataloader.{key}": value for key, value in loader.items()},
    }


FROZEN = dict(type="FreezeHook", modules=["decode_head.psp_modules"])
EPOCHS = dict(type="DefaultSampler", shuffle=True)


@pytest.mark.parametrize(
    "changes, cause",
    [
        (
            pooling(batch_size=1),
            r"train_dataloader\.batch_size=1, .*accumulative_counts does not help.*set 2",
        ),
        (
            pooling(batch_size=1) | {"optim_wrapper.accumulative_counts": 4},
            r"train_dataloader\.batch_size=1, for each process",
        ),
        (
            pooling(batch_size=5, sampler=EPOCHS),
            r"last batch of an epoch of 6 images .*drop_last=True",
        ),
    ],
)
def test_batch_normalisation_of_one_value_is_seen_before_the_first_step(tmp_path, changes, cause):
    runner = make_runner(tmp_path, **changes)
    with pytest.raises(ValueError, match=rf"decode_head\.psp_modules\.0\.1\.bn normalises .*{cause}"):
        runner.train()
    assert runner.iter == 0


@pytest.mark.parametrize(
    "changes",
    [
        pooling(batch_size=2),
        pooling(batch_size=5, sampler=EPOCHS, drop_last=True),
        pooling(batch_size=1) | {"model.decode_head.norm_cfg": dict(type="GN", num_groups=2)},
        pooling(batch_size=1)
        | {"custom_hooks": [dict(type="FreezeHook", modules=["decode_head.psp_modules"])]},
        {"train_dataloader.batch_size": 1},
    ],
)
def test_what_batch_normalisation_can_do_is_let_through(tmp_path, changes):
    runner = make_runner(tmp_path, **changes)
    runner.train()
    assert runner.iter == 2


def test_ids_at_the_edges():
    check_class_ids(torch.tensor([0, 1, 255]), 2, 255, "mask.png")
    for wrong in (-1, 2, 254):
        with pytest.raises(ValueError, match=rf"mask\.png: .*: {wrong} \(1 pixels\)"):
            check_class_ids(torch.tensor([0, wrong]), 2, 255, "mask.png")
