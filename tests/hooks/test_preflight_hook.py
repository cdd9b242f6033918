import numpy as np
import pytest
import torch
from mmengine.config import Config
from PIL import Image

from seg_plugins.hooks.preflight_hook import check_class_ids
from seg_plugins.launch.training import build_runner
from tests.launch.base import write_run


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


def test_ids_at_the_edges():
    check_class_ids(torch.tensor([0, 1, 255]), 2, 255, "mask.png")
    for wrong in (-1, 2, 254):
        with pytest.raises(ValueError, match=rf"mask\.png: .*: {wrong} \(1 pixels\)"):
            check_class_ids(torch.tensor([0, wrong]), 2, 255, "mask.png")
