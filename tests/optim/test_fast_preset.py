from pathlib import Path

import pytest
from mmengine.config import Config

from seg_plugins.optim import autocast_optim_wrapper
from seg_plugins.optim.fast_preset import SWITCHES, expand_fast

ROOT = Path(__file__).parents[2]


def config(**kwargs):
    return Config(dict(
        optim_wrapper=dict(type="OptimWrapper", optimizer=dict(type="AdamW", lr=1e-3)),
        val_cfg=dict(type="ValLoop"), **kwargs
    ))  # fmt: skip


def hooks(cfg):
    return [hook["type"] for hook in cfg.get("custom_hooks", [])]


def test_the_preset_spells_everything_out(monkeypatch):
    monkeypatch.setattr(autocast_optim_wrapper, "cpu_prefers_bf16", lambda: True)
    cfg = config(fast=True)
    expand_fast(cfg)
    assert cfg.optim_wrapper == dict(
        type="AutocastOptimWrapper", dtype="auto", optimizer=dict(type="AdamW", lr=1e-3, fused=True)
    )
    assert hooks(cfg) == ["ChannelsLastHook", "ChunkedLossHook"] and cfg.val_cfg.fp16


def test_validation_stays_float32_where_the_cpu_has_no_bf16(monkeypatch):
    monkeypatch.setattr(autocast_optim_wrapper, "cpu_prefers_bf16", lambda: False)
    cfg = config(fast=True)
    expand_fast(cfg)
    assert not cfg.val_cfg.fp16


def test_a_second_call_changes_nothing():
    cfg = config(fast=True, custom_hooks=[dict(type="EMAHook")])
    expand_fast(cfg)
    once = cfg.to_dict()
    expand_fast(cfg)
    assert cfg.to_dict() == once and hooks(cfg)[0] == "EMAHook"


@pytest.mark.parametrize("fast", [None, False])
def test_without_it_nothing_changes(fast):
    cfg = config(fast=fast)
    before = cfg.to_dict()
    expand_fast(cfg)
    assert cfg.to_dict() == before


@pytest.mark.parametrize("switch", sorted(SWITCHES))
def test_each_is_one_switch(switch):
    cfg = config(fast={**dict.fromkeys(SWITCHES, False), switch: SWITCHES[switch] or True})
    expand_fast(cfg)
    acts = dict(
        autocast=cfg.optim_wrapper.type == "AutocastOptimWrapper",
        fused="fused" in cfg.optim_wrapper.optimizer,
        channels_last="ChannelsLastHook" in hooks(cfg),
        chunked_loss="ChunkedLossHook" in hooks(cfg),
        compile="CompileHook" in hooks(cfg),
    )
    assert {name for name, on in acts.items() if on} == {switch}


def test_an_unknown_switch_is_named():
    with pytest.raises(ValueError, match="turbo"):
        expand_fast(config(fast=dict(turbo=True)))


def test_the_config_states_the_defaults():
    assert Config.fromfile(ROOT / "configs/_base_/fast.py").fast == SWITCHES
