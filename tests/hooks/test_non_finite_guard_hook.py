import json

import pytest
import torch
from mmengine.hooks import Hook

from tests.hooks.tiny_runner import log_text, tiny_runner, weights

GUARD = dict(type="NonFiniteGuardHook", max_skips=2)


def test_a_bad_batch_is_skipped_reported_and_leaves_no_trace(tmp_path):
    runner = tiny_runner(tmp_path, iters=4, hooks=[GUARD], bad=[2])
    runner.train()
    assert weights(runner).isfinite().all()
    assert all(b.isfinite().all() for b in runner.model.buffers())
    reports = sorted((tmp_path / "non_finite").iterdir())
    assert [p.name for p in reports] == ["iter_2.json"]
    report = json.loads(reports[0].read_text())
    assert report["grad_norm"] == "nan" and report["lr"]["lr"] == [0.1]
    (batch,) = report["batches"]
    assert batch["files"] == ["image_2.png", "image_3.png"] and batch["iteration"] == 2
    assert set(batch["losses"]) >= {"loss", "decode.loss_ce"} and batch["losses"]["loss"] == "nan"


@pytest.mark.parametrize("bad", [0, 2])
def test_either_batch_of_an_accumulated_step_is_undone_at_once_and_reported(tmp_path, bad):
    wrapper = dict(type="AutocastOptimWrapper", accumulative_counts=2, optimizer=dict(type="SGD", lr=0.1))
    ema = dict(type="EMAHook", ema_type="ExponentialMovingAverage", momentum=0.1, update_buffers=True)
    runner = tiny_runner(tmp_path, iters=4, hooks=[GUARD, ema], bad=[bad], optim_wrapper=wrapper)
    before = [b.clone() for b in runner.model.buffers()]
    runner.train_loop  # noqa: B018  (builds)
    statistics = []
    runner.register_hook(Statistics(statistics), "LOWEST")
    runner.train()
    assert all(torch.equal(a, b) for a, b in zip(statistics[1], before, strict=True) if a.is_floating_point())
    average = next(hook.ema_model for hook in runner.hooks if hasattr(hook, "ema_model"))
    for model in (runner.model, average):
        assert all(v.isfinite().all() for v in model.state_dict().values())
    (path,) = (tmp_path / "non_finite").iterdir()
    batches = json.loads(path.read_text())["batches"]
    assert path.name == "iter_2.json"
    assert [batch["files"][0] for batch in batches] == ["image_0.png", "image_2.png"]
    assert [batch["losses"]["loss"] == "nan" for batch in batches] == [bad == 0, bad == 2]


class Statistics(Hook):
    """Keeps the buffers after each iteration."""

    def __init__(self, kept):
        self.kept = kept

    def after_train_iter(self, runner, **kwargs):
        self.kept.append([b.clone() for b in runner.model.buffers()])


def test_too_many_in_a_row_stop_the_run(tmp_path):
    runner = tiny_runner(tmp_path, iters=8, hooks=[GUARD], bad=range(2, 8))
    with pytest.raises(FloatingPointError, match=r"3 steps in a row.*iter_4\.json"):
        runner.train()
    assert weights(runner).isfinite().all()


def test_a_batch_of_views_is_reported_with_all_its_files(tmp_path):
    runner = tiny_runner(tmp_path, iters=2, hooks=[GUARD], bad=range(8))
    step = runner.model.train_step

    def of_one_view(data, **kwargs):
        data = dict(data)
        data["inputs"] = data["inputs"]["weak"]
        data["data_samples"] = data["data_samples"]["weak"]
        return step(data, **kwargs)

    runner.model.train_step = of_one_view
    collate = runner.train_dataloader.collate_fn

    def views(samples):
        batch = collate(samples)
        return {key: dict(weak=value, strong=value) for key, value in batch.items()}

    object.__setattr__(runner.train_dataloader, "collate_fn", views)
    runner.train()
    (batch,) = json.loads((tmp_path / "non_finite" / "iter_1.json").read_text())["batches"]
    assert batch["files"] == ["image_0.png", "image_1.png"] * 2


def test_a_healthy_run_is_not_changed(tmp_path):
    plain = tiny_runner(tmp_path / "plain")
    plain.train()
    guarded = tiny_runner(tmp_path / "guarded", hooks=[GUARD])
    guarded.train()
    assert torch.equal(weights(plain), weights(guarded))
    assert not (tmp_path / "guarded" / "non_finite").exists()


def test_with_another_optimiser_wrapper_it_says_that_it_is_off(tmp_path):
    wrapper = dict(type="OptimWrapper", optimizer=dict(type="SGD", lr=0.1))
    runner = tiny_runner(tmp_path, hooks=[GUARD], optim_wrapper=wrapper)
    runner.train()
    assert "no non-finite guard" in log_text(runner)
