"""Tests of the hook that moves a teacher."""

import json
from itertools import pairwise

import pytest
import torch

from seg_plugins.regimes import EmaTeacherHook
from tests.regimes.semi import semi
from tests.runners.base import build, tiny


def test_an_accumulated_step_moves_the_teacher_once(tmp_path):
    runner = build(semi(tmp_path, optim_wrapper__accumulative_counts=4, train_cfg__max_iters=7))
    seen = []
    call_hook = runner.call_hook

    def watching(name, **kwargs):
        call_hook(name, **kwargs)
        if name == "after_train_iter":
            seen.append(runner.model.teacher.decode_head.conv_seg.weight.clone())

    runner.call_hook = watching
    runner.train()
    changes = [not torch.equal(a, b) for a, b in pairwise(seen)]
    assert changes == [False, False, True, False, False, True]


def test_a_skipped_step_leaves_the_teacher(tmp_path):
    hooks = [
        dict(type="EmaTeacherHook", momentum=0.1),
        dict(type="NonFiniteGuardHook", max_skips=3),
        dict(type="PoisonBranchHook", iterations=[5]),
    ]
    runner = build(
        semi(tmp_path, custom_hooks=hooks, train_cfg__max_iters=7, optim_wrapper__type="AutocastOptimWrapper",
             optim_wrapper__dtype="float32")
    )  # fmt: skip
    seen = []
    call_hook = runner.call_hook

    def watching(name, **kwargs):
        call_hook(name, **kwargs)
        if name == "after_train_iter":
            seen.append({k: v.clone() for k, v in runner.model.teacher.state_dict().items()})

    runner.call_hook = watching
    runner.train()
    assert all(torch.equal(seen[4][key], seen[5][key]) for key in seen[4])
    assert any(not torch.equal(seen[5][key], seen[6][key]) for key in seen[5])
    assert all(v.isfinite().all() for v in seen[6].values() if v.is_floating_point())


def test_kept_shares_are_logged_by_class(tmp_path):
    build(semi(tmp_path, dict(threshold=0.0))).train()
    path = next((tmp_path / "work").glob("*/vis_data/scalars.json"))
    rows = [json.loads(line) for line in path.read_text().splitlines()]
    shares = [value for row in rows for key, value in row.items() if key.startswith("unsup/kept.")]
    assert shares and set(shares) == {1.0}


def test_a_teacher_that_keeps_nothing_is_said(tmp_path, caplog):
    runner = build(semi(tmp_path, dict(threshold=0.999)))
    words = []
    runner.logger.log = lambda level, text: words.append(text)
    runner.train()
    assert any("lower model.semi_train_cfg.threshold=0.999" in text for text in words)


def test_a_model_without_teacher_is_refused(tmp_path):
    cfg = tiny(tmp_path, custom_hooks=[dict(type="EmaTeacherHook")])
    with pytest.raises(ValueError, match="EncoderDecoder has no teacher"):
        build(cfg).train()


@pytest.mark.parametrize("momentum", [0, 1.5])
def test_the_momentum_is_a_share(momentum):
    with pytest.raises(ValueError, match="use a value in 0"):
        EmaTeacherHook(momentum=momentum)
