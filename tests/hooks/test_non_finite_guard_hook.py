import json

import pytest
import torch

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
    assert report["files"] == ["image_2.png", "image_3.png"]
    assert report["grad_norm"] == "nan" and report["lr"]["lr"] == [0.1]
    assert set(report["losses"]) >= {"loss", "decode.loss_ce"}


def test_too_many_in_a_row_stop_the_run(tmp_path):
    runner = tiny_runner(tmp_path, iters=8, hooks=[GUARD], bad=range(2, 8))
    with pytest.raises(FloatingPointError, match=r"3 steps in a row.*iter_4\.json"):
        runner.train()
    assert weights(runner).isfinite().all()


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
