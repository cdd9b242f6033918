import shutil

import pytest
import torch
from mmengine.hooks import CheckpointHook, EMAHook, Hook
from mmengine.runner import Runner

from seg_plugins.checkpoints.sealed_file import corruption
from seg_plugins.hooks import WholeCheckpointHook
from seg_plugins.runners import RunStopped, SegRunner
from tests.runners.base import build, killed_at, no_workers, tiny
from tests.runners.toy import toy


def names(work):
    return sorted(p.name for p in work.glob("*.pth"))


def test_a_run_keeps_the_newest_and_the_best(tmp_path):
    build(no_workers(tiny(tmp_path))).train()
    kept = names(tmp_path / "work")
    assert [n for n in kept if not n.startswith("best")] == ["iter_21.pth", "iter_24.pth"]
    assert len([n for n in kept if n.startswith("best_mIoU_iter_")]) == 1
    assert all(corruption(tmp_path / "work" / n) is None for n in kept)
    assert (tmp_path / "work" / "last_checkpoint").read_text() == str(tmp_path / "work" / "iter_24.pth")
    last = torch.load(tmp_path / "work" / "iter_24.pth", weights_only=False)
    assert last["meta"]["validated_iter"] == 24
    assert len(last["message_hub"]["log_scalars"]["val/mIoU"].data[0]) == 3
    assert last["message_hub"]["runtime_info"]["best_score"] > 0


def test_no_write_comes_after_a_removal_it_depends_on(tmp_path, monkeypatch):
    """From the first write on, a complete checkpoint is always on disk; likewise the best."""
    runner = build(no_workers(tiny(tmp_path, default_hooks__checkpoint__max_keep_ckpts=1)))
    seen = {"iter": [], "best": []}
    save = runner.save_checkpoint

    def watched(out_dir, filename, **kwargs):
        kind = "best" if filename.startswith("best") else "iter"
        seen[kind].append(sum(n.startswith(kind) for n in names(tmp_path / "work")))
        save(out_dir, filename, **kwargs)

    monkeypatch.setattr(runner, "save_checkpoint", watched)
    runner.train()
    for counts in seen.values():
        assert counts[0] == 0 and min(counts[1:], default=1) == 1
    assert [n for n in names(tmp_path / "work") if n.startswith("iter")] == ["iter_24.pth"]


RISING = [0.1, 0.2, 0.3, 0.2, 0.5, 0.4, 0.3, 0.2, 0.1, 0.0, 0.1]


@pytest.mark.parametrize("by_epoch", [False, True])
@pytest.mark.parametrize(
    "options, validations",
    [
        (dict(interval=2), 1),
        (dict(interval=3, max_keep_ckpts=2), 2),
        (dict(interval=3, save_last=False), 1),
        (dict(interval=2, save_begin=5), 1),
        (dict(interval=100, save_best="toy/acc"), 1),
        (dict(interval=3, save_best="toy/acc"), 2),
        (dict(interval=2, save_best="auto", max_keep_ckpts=1), 1),
        (dict(interval=2, save_best=["toy/acc", "toy/loss"], rule=["greater", "less"]), 2),
        (dict(interval=2, save_best="toy/loss", rule="greater", filename_tmpl="step_{}.pth"), 1),
    ],
)
def test_the_files_are_those_of_upstreams_hook(tmp_path, by_epoch, options, validations):
    left = {}
    for kind, runner in [(CheckpointHook, Runner), (WholeCheckpointHook, SegRunner)]:
        work = tmp_path / kind.__name__
        made = toy(
            work, runner, by_epoch, RISING, dict(type=f"mmseg.{kind.__name__}", by_epoch=by_epoch, **options)
        )
        made.train_loop.val_interval = validations
        made.train()
        left[kind] = names(work)
    assert left[CheckpointHook] == left[WholeCheckpointHook] != []


def test_what_the_validation_found_is_in_the_checkpoint_of_its_step(tmp_path):
    hook = dict(type="mmseg.WholeCheckpointHook", by_epoch=False, interval=4)
    toy(tmp_path, scores=RISING, checkpoint=hook).train()
    for step in (4, 8, 11):
        state = torch.load(tmp_path / f"iter_{step}.pth", weights_only=False)
        assert state["meta"]["validated_iter"] == step
        assert state["message_hub"]["log_scalars"]["val/toy/acc"].data[0].tolist() == RISING[:step]


class StopAt(Hook):
    """Ends the training at a step, or stands for a signal within the validation after it."""

    def __init__(self, step, signal=0):
        self.step, self.signal = step, signal

    def after_train_iter(self, runner, **_):
        if runner.iter + 1 == self.step and not self.signal:
            runner.train_loop.stop_training = True

    def after_val_iter(self, runner, **_):
        if runner.iter == self.step:
            runner.signals.received = self.signal


def test_the_end_of_a_run_that_stops_early_is_saved(tmp_path):
    hook = dict(type="mmseg.WholeCheckpointHook", by_epoch=False, interval=4)
    toy(tmp_path, checkpoint=hook, custom_hooks=[StopAt(6)]).train()
    assert names(tmp_path) == ["iter_4.pth", "iter_6.pth"]


@pytest.mark.parametrize("interval", [3, 100])
def test_a_signal_within_a_validation_saves_the_step_before_it(tmp_path, interval):
    """Saved or not, the run continues from its own weights, not from the averages that are validated."""
    average = dict(type="EMAHook", momentum=0.3, update_buffers=True)
    hook = dict(type="mmseg.WholeCheckpointHook", by_epoch=False, interval=interval, save_optimizer=False)
    ends = []
    for stopped in (False, True):
        work = tmp_path / str(stopped)
        if stopped:
            with pytest.raises(RunStopped):
                toy(work, checkpoint=hook, custom_hooks=[average, StopAt(6, 15)]).train()
            assert names(work)[-1] == "iter_6.pth"
        runner = toy(work, checkpoint=dict(hook, save_optimizer=True), custom_hooks=[average], resume=stopped)
        runner.train()
        averaged = next(h for h in runner.hooks if isinstance(h, EMAHook)).ema_model
        ends.append([*runner.model.state_dict().values(), *averaged.state_dict().values()])
    assert all(torch.equal(a, b) for a, b in zip(*ends, strict=True))


def test_published_checkpoints_hold_the_keys_asked_for(tmp_path):
    """Without a best checkpoint there is nothing to publish for it."""
    options = dict(published_keys=["meta", "state_dict"], save_best=["toy/acc", "toy/loss"], rule="greater")
    hook = dict(type="mmseg.WholeCheckpointHook", by_epoch=False, interval=100, **options)
    toy(tmp_path, checkpoint=hook, scores=[float("-inf")] * 11).train()
    published = [path for path in tmp_path.glob("*-*.pth")]
    assert published and all(path.name.startswith(("iter_11-", "best_toy_loss")) for path in published)
    assert all(torch.load(p, weights_only=False).keys() == {"meta", "state_dict"} for p in published)


def test_the_list_of_a_run_of_upstreams_hook_is_taken_over(tmp_path):
    old = dict(type="CheckpointHook", by_epoch=False, interval=2, max_keep_ckpts=3)
    toy(tmp_path, Runner, checkpoint=old).train()
    assert names(tmp_path) == ["iter_10.pth", "iter_11.pth", "iter_8.pth"]
    new = dict(type="mmseg.WholeCheckpointHook", by_epoch=False, interval=2, max_keep_ckpts=2)
    toy(tmp_path, checkpoint=new, resume=True, train_cfg=dict(by_epoch=False, max_iters=13)).train()
    assert names(tmp_path) == ["iter_12.pth", "iter_13.pth"]


def test_a_metric_that_is_not_computed_is_named(tmp_path):
    runner = build(
        no_workers(
            tiny(
                tmp_path,
                default_hooks__checkpoint__save_best="mFoo",
                default_hooks__checkpoint__rule="greater",
            )
        )
    )
    with pytest.raises(ValueError, match=r"save_best=\['mFoo'\].*mIoU"):
        runner.train()


def killed(*args):
    raise KeyboardInterrupt


def test_a_removal_cut_off_by_a_kill_is_finished_on_resume(tmp_path, monkeypatch):
    cfg = no_workers(tiny(tmp_path, train_cfg__max_iters=6, train_cfg__val_interval=100))
    cfg.default_hooks.checkpoint.max_keep_ckpts = 1
    runner = build(cfg)
    monkeypatch.setattr(WholeCheckpointHook, "_remove", killed)
    with pytest.raises(KeyboardInterrupt):
        runner.train()
    monkeypatch.undo()
    assert names(tmp_path / "work")[-2:] == ["iter_3.pth", "iter_6.pth"]
    cfg.update(resume=True)
    build(cfg).train()
    assert [n for n in names(tmp_path / "work") if n.startswith("iter")] == ["iter_6.pth"]


@pytest.mark.parametrize("watched", ["mIoU", ["mIoU", "aAcc"]])
def test_a_copied_work_directory_leaves_the_best_of_the_first_alone(tmp_path, watched):
    options = dict(default_hooks__checkpoint__save_best=watched)
    assert killed_at(build(no_workers(tiny(tmp_path, **options))), "after_train_iter", 10)
    before = names(tmp_path / "work")
    shutil.copytree(tmp_path / "work", tmp_path / "copy")
    runner = build(no_workers(tiny(tmp_path, work_dir=str(tmp_path / "copy"), resume=True, **options)))
    runner.train()
    assert names(tmp_path / "work") == before and len(before) > 2
    for key in [watched] if isinstance(watched, str) else watched:
        assert len([n for n in names(tmp_path / "copy") if n.startswith(f"best_{key}")]) == 1


@pytest.mark.parametrize(
    "options, named",
    [(dict(backend_args=dict(backend="petrel")), "petrel"), (dict(out_dir="s3://bucket/run"), "s3://bucket")],
)
def test_a_place_that_is_not_local_is_refused_before_the_first_step(tmp_path, monkeypatch, options, named):
    monkeypatch.chdir(tmp_path)
    runner = toy(tmp_path, checkpoint=dict(type="mmseg.WholeCheckpointHook", by_epoch=False, **options))
    with pytest.raises(ValueError, match=f"checkpoints must be in a local directory.*{named}"):
        runner.train()
    assert runner.iter == 0 and not list(tmp_path.glob("s3*"))


def test_the_local_backend_is_a_local_place(tmp_path):
    local = dict(out_dir=str(tmp_path / "other"), backend_args=dict(backend="local"))
    toy(tmp_path / "work", checkpoint=dict(type="mmseg.WholeCheckpointHook", by_epoch=False, **local)).train()
    assert names(tmp_path / "other" / "work") == ["iter_11.pth"]
