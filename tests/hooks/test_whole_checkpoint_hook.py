import shutil

import pytest
import torch

from seg_plugins.hooks import WholeCheckpointHook
from seg_plugins.runners import damage
from tests.runners.base import build, killed_at, no_workers, tiny


def names(work):
    return sorted(p.name for p in work.glob("*.pth"))


def test_a_run_keeps_the_newest_and_the_best(tmp_path):
    build(no_workers(tiny(tmp_path))).train()
    kept = names(tmp_path / "work")
    assert [n for n in kept if not n.startswith("best")] == ["iter_21.pth", "iter_24.pth"]
    assert len([n for n in kept if n.startswith("best_mIoU_iter_")]) == 1
    assert all(damage(tmp_path / "work" / n) is None for n in kept)
    assert (tmp_path / "work" / "last_checkpoint").read_text() == str(tmp_path / "work" / "iter_24.pth")
    last = torch.load(tmp_path / "work" / "iter_24.pth", weights_only=False)
    assert last["meta"]["validated_iter"] == 24
    assert len(last["message_hub"]["log_scalars"]["val/mIoU"].data[0]) == 3
    assert last["message_hub"]["runtime_info"]["best_score"] > 0


def test_no_write_comes_after_a_removal_it_depends_on(tmp_path, monkeypatch):
    """At every write there is a whole checkpoint on disk, once the first is written; so too for the best."""
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


def test_the_state_before_a_validation_is_on_disk_during_it(tmp_path, monkeypatch):
    runner = build(no_workers(tiny(tmp_path, default_hooks__checkpoint__interval=1000)))
    during = []
    evaluate = type(runner).call_hook

    def watched(self, name, **kwargs):
        if name == "after_val_iter" and kwargs["batch_idx"] == 0:
            path = tmp_path / "work" / f"iter_{self.iter}.pth"
            during.append(torch.load(path, weights_only=False)["meta"].get("validated_iter"))
        evaluate(self, name, **kwargs)

    monkeypatch.setattr(type(runner), "call_hook", watched)
    runner.train()
    assert len(during) == 3 and set(during) <= {None}


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
