import logging
import multiprocessing
import os
import resource
import signal
from contextlib import contextmanager

import pytest
import torch
from mmengine.hooks import EMAHook, Hook
from mmengine.runner import IterBasedTrainLoop

from seg_plugins.checkpoints.safe_loading import read_checkpoint
from seg_plugins.checkpoints.sealed_file import corruption
from seg_plugins.runners import RunStopped
from seg_plugins.runners.run_state import restore_state
from tests.runners.base import Killed, build, differences, final_state, killed_at, no_workers, tiny
from tests.runners.toy import toy


def short(root, **options):
    return no_workers(tiny(root, train_cfg__max_iters=6, train_cfg__val_interval=100, **options))


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    root = tmp_path_factory.mktemp("finished")
    build(short(root)).train()
    return root


def test_a_checkpoint_of_ours_needs_no_trust_and_holds_all(finished):
    state = read_checkpoint(finished / "work" / "iter_6.pth")
    assert {"state_dict", "optimizer", "param_schedulers", "message_hub", "hooks", "ema_state_dict"} <= set(
        state
    )
    assert state["meta"]["iter"] == 6
    assert state["meta"]["dataset_meta"]["classes"] == ("dark", "bright")
    assert "SegRunner" in state["meta"]["cfg"]


def test_nothing_to_resume(tmp_path, caplog):
    runner = build(short(tmp_path, resume=True))
    with listening(runner, caplog):
        runner.train()
    assert caplog.text.count(f"no checkpoint in {tmp_path / 'work'}, starting from the beginning") == 1
    assert runner.iter == 6


def test_other_class_names_than_the_checkpoints_are_said(finished, tmp_path, caplog):
    cfg = short(tmp_path, load_from=str(finished / "work" / "iter_6.pth"))
    cfg.train_dataloader.dataset.metainfo.classes = ("ground", "bright")
    runner = build(cfg)
    with listening(runner, caplog):
        runner.train()
    assert "iter_6.pth was trained on other classes: class 0 is 'dark' there and 'ground' here" in caplog.text


def test_any_default_hook_is_turned_off_by_none(tmp_path):
    cfg = short(tmp_path)
    cfg.default_hooks.update(timer=None, guard=None, report=dict(type="NonFiniteGuardHook"))
    kinds = [type(hook).__name__ for hook in build(cfg).hooks]
    assert "IterTimerHook" not in kinds and kinds.count("NonFiniteGuardHook") == 1


@contextmanager
def listening(runner, caplog):
    """MMEngine's loggers do not propagate: pytest has to be added to them."""
    runner.logger.addHandler(caplog.handler)
    caplog.set_level(logging.INFO)
    yield
    runner.logger.removeHandler(caplog.handler)


def test_a_damaged_checkpoint_is_skipped_and_said(finished, tmp_path, caplog):
    os.rename(finished / "work", tmp_path / "work")
    try:
        newest = tmp_path / "work" / "iter_6.pth"
        whole = newest.read_bytes()
        newest.write_bytes(whole[:-1000])
        runner = build(short(tmp_path, resume=True))
        with listening(runner, caplog):
            runner.train()
        assert f"--resume skips {newest}: cut short" in caplog.text
        assert "iter_3.pth: epoch 0, iteration 3" in caplog.text
        assert corruption(newest) is None
    finally:
        os.rename(tmp_path / "work", finished / "work")


def test_checkpoints_of_another_place_and_name_are_resumed(tmp_path):
    """`out_dir` and `filename_tmpl` of upstream's hook."""

    def elsewhere(**options):
        hook = dict(out_dir=str(tmp_path / "other"), filename_tmpl="step_{}.pt", save_best=None)
        cfg = short(tmp_path, **options)
        cfg.default_hooks.checkpoint.update(hook)
        return build(cfg)

    assert killed_at(elsewhere(), "after_train_iter", 4)
    newest = str(tmp_path / "other" / "work" / "step_3.pt")
    assert elsewhere(resume=True).checkpoints.choose_source() == newest
    assert killed_at(elsewhere(), "before_train", 0)
    assert elsewhere(resume=True).checkpoints.choose_source() is None


UPSTREAM = {
    "train_cfg.type": "IterBasedTrainLoop",
    "train_dataloader.sampler.type": "InfiniteSampler",
}


def test_a_checkpoint_of_a_config_that_names_upstreams_classes_is_resumed_by_one_that_does_not(
    tmp_path, caplog
):
    """As configs were before they named the exact classes, and as they are since; and the other way round."""
    (tmp_path / "whole").mkdir(), (tmp_path / "killed").mkdir()
    build(short(tmp_path / "whole")).train()

    def before(root):
        cfg = short(root, resume=True)
        cfg.merge_from_dict(UPSTREAM)
        for hook in cfg.custom_hooks:
            hook.type = hook.type.replace("Exact", "")
        return build(cfg)

    def since(root):
        cfg = short(root, resume=True)
        cfg.train_dataloader.dataset = dict(type="KeyedDataset", dataset=cfg.train_dataloader.dataset)
        return build(cfg)

    runner = before(tmp_path / "killed")
    with listening(runner, caplog):
        assert killed_at(runner, "after_train_iter", 4)
    for line in "train_cfg.type='mmseg.ExactIterTrainLoop'", "sampler.type='mmseg.ExactInfiniteSampler'":
        assert caplog.text.count(f"{line} instead") == 1
    assert caplog.text.count("write train_dataloader.dataset=dict(type='mmseg.KeyedDataset'") == 1
    caplog.clear()
    runner = since(tmp_path / "killed")
    with listening(runner, caplog):
        assert killed_at(runner, "after_train_iter", 5)
    assert "other settings" not in caplog.text and "Exact" not in caplog.text
    runner = before(tmp_path / "killed")
    with listening(runner, caplog):
        runner.train()
    assert "other settings" not in caplog.text
    ends = [final_state(tmp_path / name, "iter_6.pth") for name in ("whole", "killed")]
    assert differences(*ends) == []


def test_other_settings_than_those_of_the_checkpoint_are_said(tmp_path, caplog):
    build(short(tmp_path)).train()
    cfg = short(tmp_path, resume=True, train_dataloader__batch_size=2)
    cfg.train_cfg.max_iters = 9
    runner = build(cfg)
    with listening(runner, caplog):
        runner.train()
    assert "train_dataloader.batch_size: 4 -> 2; train_cfg.max_iters: 6 -> 9. Those" in caplog.text
    assert "max_iters=9" in read_checkpoint(tmp_path / "work" / "iter_9.pth")["meta"]["cfg"]


def test_a_checkpoint_of_another_model_is_not_resumed(finished):
    cfg = short(finished, resume=True, load_from=str(finished / "work" / "iter_6.pth"))
    cfg.model.decode_head.num_convs = 2
    with pytest.raises(ValueError, match=r"iter_6\.pth is of another architecture.*convs\.1.*--work-dir"):
        build(cfg).train()


def test_resuming_without_a_checkpoint_starts_from_the_weights_of_load_from(finished, tmp_path, caplog):
    state = read_checkpoint(finished / "work" / "iter_6.pth")
    torch.save({"state_dict": state["state_dict"], "meta": {}}, tmp_path / "weights.pth")
    runner = build(short(tmp_path, resume=True, load_from=str(tmp_path / "weights.pth")))
    begun = {}
    runner.call_hook = lambda name, **_: name != "before_train" or begun.update(weights(runner)) or stop()
    with listening(runner, caplog), pytest.raises(Killed):
        runner.train()
    assert f"starting from the beginning with the weights of {tmp_path / 'weights.pth'}" in caplog.text
    assert runner.iter == 0 and begun.keys() == state["state_dict"].keys()
    assert all(torch.equal(begun[name], value) for name, value in state["state_dict"].items())


def weights(runner):
    return {name: value.clone() for name, value in runner.model.state_dict().items()}


def stop():
    raise Killed


def test_a_fine_tuning_killed_at_once_begins_again_with_the_average_of_load_from(finished, tmp_path):
    given = finished / "work" / "iter_6.pth"
    assert killed_at(build(short(tmp_path, load_from=str(given))), "before_train", 0)
    runner = build(short(tmp_path, load_from=str(given), resume=True))
    assert killed_at(runner, "before_train", 0)
    average = read_checkpoint(given)["state_dict"]
    assert runner.iter == 0 and all(torch.equal(weights(runner)[name], average[name]) for name in average)


@pytest.mark.parametrize(
    "change, reason",
    [
        (dict(optimizer=dict(type="SGD", lr=0.1, momentum=0.9)), r"SGD \(no dampening, momentum\)"),
        (
            dict(
                optimizer=dict(type="AdamW", lr=0.01, weight_decay=0.01),
                paramwise_cfg=dict(norm_decay_mult=0.0),
            ),
            r"AdamW \(1 parameter groups there, \d\d here\)",
        ),
    ],
)
def test_the_state_of_another_optimiser_is_not_resumed(finished, change, reason):
    cfg = short(finished, resume=True)
    cfg.optim_wrapper = {**cfg.optim_wrapper, **change}
    with pytest.raises(ValueError, match=rf"iter_6\.pth holds the state of another .* {reason}: use"):
        build(cfg).train()


def test_weights_alone_are_no_training_state():
    with pytest.raises(ValueError, match=r"weights\.pth holds no training state .*load_from without resume"):
        restore_state(None, {"state_dict": {}, "meta": {}}, "weights.pth")


def test_a_run_begun_anew_and_killed_at_once_does_not_resume_the_older_one(tmp_path, caplog):
    build(short(tmp_path)).train()
    assert killed_at(build(short(tmp_path, optim_wrapper__optimizer__lr=0.5)), "after_train_iter", 1)
    assert not (tmp_path / "work" / "last_checkpoint").exists()
    resumed = build(short(tmp_path, optim_wrapper__optimizer__lr=0.5, resume=True))
    with listening(resumed, caplog):
        assert resumed.checkpoints.choose_source() is None
    assert f"skips {tmp_path / 'work' / 'iter_6.pth'}: an earlier run wrote it" in caplog.text
    (tmp_path / "work" / ".run_started").unlink()
    resumed = build(short(tmp_path, optim_wrapper__optimizer__lr=0.5, resume=True))
    assert resumed.checkpoints.choose_source() == str(tmp_path / "work" / "iter_6.pth")


def test_a_damaged_load_from_is_refused(finished, tmp_path):
    content = (finished / "work" / "iter_6.pth").read_bytes()
    (tmp_path / "x.pth").write_bytes(content[:3000] + b"?" + content[3001:])
    with pytest.raises(ValueError, match=r"x\.pth cannot be used: its SHA-256"):
        build(short(tmp_path, load_from=str(tmp_path / "x.pth"))).train()


def test_a_checkpoint_in_the_format_before_torch_1_6_is_loaded(finished, tmp_path):
    """Upstream's models of 2020 come in it."""
    old, cut = tmp_path / "old.pth", tmp_path / "cut.pth"
    state = read_checkpoint(finished / "work" / "iter_6.pth")
    torch.save({"state_dict": state["state_dict"]}, old, _use_new_zipfile_serialization=False)
    runner = build(short(tmp_path, load_from=str(old), custom_hooks=[]))
    runner.load_or_resume()
    assert all(torch.equal(value, state["state_dict"][name]) for name, value in weights(runner).items())
    cut.write_bytes(old.read_bytes()[:-1000])
    with pytest.raises(ValueError, match=r"cut\.pth is damaged"):
        build(short(tmp_path, load_from=str(cut), custom_hooks=[])).load_or_resume()


def test_bare_weights_start_a_run_with_moving_averages(finished, tmp_path):
    given = read_checkpoint(finished / "work" / "iter_6.pth")["state_dict"]
    torch.save(given, tmp_path / "bare.pth")
    runner = build(short(tmp_path, load_from=str(tmp_path / "bare.pth")))
    assert killed_at(runner, "before_train", 0)
    average = next(h for h in runner.hooks if isinstance(h, EMAHook)).ema_model.module.state_dict()
    for found in (weights(runner), average):
        assert all(torch.equal(found[name], given[name]) for name in given)


class Bomb:
    def __reduce__(self):
        return os.system, ("exit 1",)


def test_code_in_load_from_needs_trust(tmp_path):
    torch.save({"state_dict": {}, "x": Bomb()}, tmp_path / "x.pth")
    with pytest.raises(ValueError, match="asks for code"):
        build(short(tmp_path, load_from=str(tmp_path / "x.pth"))).train()
    build(short(tmp_path, load_from=str(tmp_path / "x.pth"), trust_checkpoint=True)).train()


def test_each_run_of_a_process_reads_by_its_own_trust(tmp_path):
    torch.save({"state_dict": {}, "x": Bomb()}, tmp_path / "x.pth")
    trusting = build(short(tmp_path / "a", trust_checkpoint=True))
    careful = build(short(tmp_path / "b"))
    trusting.load_checkpoint(str(tmp_path / "x.pth"))
    with pytest.raises(ValueError, match="asks for code"):
        careful.load_checkpoint(str(tmp_path / "x.pth"))


def test_code_in_pretrained_weights_needs_trust(tmp_path):
    torch.save({"state_dict": {}, "x": Bomb()}, tmp_path / "x.pth")
    cfg = short(tmp_path)
    cfg.model.backbone.init_cfg = dict(type="Pretrained", checkpoint=str(tmp_path / "x.pth"))
    with pytest.raises(ValueError, match="asks for code"):
        build(cfg).train()


def test_a_full_disk_stops_the_run_with_the_last_checkpoint_intact(tmp_path):
    runner = build(short(tmp_path))
    write = runner.save_checkpoint

    def full_at_six(out_dir, filename, **kwargs):
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        if filename == "iter_6.pth":
            resource.setrlimit(resource.RLIMIT_FSIZE, (4096, limits[1]))
        try:
            write(out_dir, filename, **kwargs)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)

    runner.save_checkpoint = full_at_six
    with pytest.raises(OSError, match=r"iter_6\.pth .*--resume"):
        runner.train()
    assert corruption(tmp_path / "work" / "iter_3.pth") is None
    resumed = build(short(tmp_path, resume=True))
    resumed.train()
    assert resumed.iter == 6


def test_a_storage_backend_is_refused(finished, tmp_path):
    cfg = short(tmp_path)
    cfg.default_hooks.checkpoint.backend_args = dict(backend="petrel")
    with pytest.raises(ValueError, match="in a local directory"):
        build(cfg).train()


def test_no_worker_outlives_a_test(tmp_path):
    """Python ends its children by SIGTERM when it exits and waits for them; ours ignore SIGTERM."""
    build(tiny(tmp_path)).test()
    assert multiprocessing.active_children() == []


class OwnLoop(IterBasedTrainLoop):
    """A user's loop: it knows nothing of signals."""


def test_a_signal_also_ends_a_loop_of_the_users_own(tmp_path):
    class Signal(Hook):
        def after_train_iter(self, runner, **_):
            if runner.iter + 1 == 5:
                runner.signals.received = signal.SIGTERM

    def run(**options):
        return toy(tmp_path, train_cfg=dict(type=OwnLoop, max_iters=11, val_interval=100), **options)

    with pytest.raises(RunStopped):
        run(custom_hooks=[Signal()]).train()
    assert [path.name for path in tmp_path.glob("*.pth")] == ["iter_5.pth"]
    runner = run(resume=True)
    runner.load_or_resume()
    assert runner.iter == 5
    runner.train()
    assert runner.iter == 11
