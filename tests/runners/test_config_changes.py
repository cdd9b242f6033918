import json

import pytest
from mmengine.config import Config

from seg_plugins.runners.config_changes import changed_settings, settings_of

CONFIG = """
load_from = "a.pth"
train_cfg = dict(type="IterBasedTrainLoop", max_iters=20)
pipeline = [dict(type="Load"), dict(type="Crop", size=(16, 16))]
train_dataloader = dict(batch_size=4, dataset=dict(pipeline=pipeline))
optim_wrapper = {"type": "OptimWrapper", "optimizer": {"lr": 0.1, "betas": (0.9, 0.999)}}
"""


@pytest.mark.parametrize(
    "options, changes",
    [
        ({}, []),
        ({"load_from": "b.pth", "work_dir": "elsewhere"}, []),
        ({"train_cfg.max_iters": 40}, ["train_cfg.max_iters: 20 -> 40"]),
        (
            {"train_dataloader.batch_size": 8, "optim_wrapper.optimizer.weight_decay": 0.5},
            ["train_dataloader.batch_size: 4 -> 8", "optim_wrapper.optimizer.weight_decay: absent -> 0.5"],
        ),
        (
            {"train_dataloader.dataset.pipeline.1.size": (32, 16)},
            ["train_dataloader.dataset.pipeline.Crop.size.0: 16 -> 32"],
        ),
        ({"param_scheduler": [dict(type="PolyLR")]}, ["param_scheduler.PolyLR.type: absent -> 'PolyLR'"]),
    ],
)
def test_changes_of_training_are_listed(options, changes):
    before = Config.fromstring(CONFIG, ".py")
    now = Config.fromstring(CONFIG, ".py")
    now.merge_from_dict(options)
    assert compared(before, now) == changes


def compared(before, now):
    before, now = (Config.fromstring(c, ".py") if isinstance(c, str) else c for c in (before, now))
    return changed_settings(settings_of(before), settings_of(now))


NAMES = [
    ("train_cfg = dict(type='IterBasedTrainLoop')", "train_cfg = dict(type='ExactIterTrainLoop')"),
    ("train_cfg = dict(by_epoch=True)", "train_cfg = dict(type='mmseg.ExactEpochTrainLoop')"),
    ("train_dataloader = dict(sampler=dict(type='InfiniteSampler', shuffle=True), dataset=dict(type='D'))",
     "train_dataloader = dict(sampler=dict(type='ExactInfiniteSampler', shuffle=True), "
     "dataset=dict(type='KeyedDataset', dataset=dict(type='D')))"),
]  # fmt: skip


@pytest.mark.parametrize("before, now", NAMES)
def test_upstreams_names_and_those_of_what_ran_in_their_place_are_no_change(before, now):
    assert compared(before, now) == compared(now, before) == []
    other = now.replace("Exact", "Own")
    assert compared(before, other) != []


def changes_of(before, now):
    return compared(f"custom_hooks = {before}", f"custom_hooks = {now}")


def test_hooks_are_compared_by_name_and_not_by_place():
    ema = "dict(type='EMAHook', momentum=0.1)"
    assert changes_of(f"[{ema}]", f"[dict(type='FreezeHook', until=3), {ema}]") == [
        "custom_hooks.FreezeHook.type: absent -> 'FreezeHook'",
        "custom_hooks.FreezeHook.until: absent -> 3",
    ]
    second = "dict(type='EMAHook', momentum=0.2)"
    assert changes_of(f"[{ema}, {second}]", f"[{ema}]")[0].startswith(
        "custom_hooks.ExactEMAHook.1.type: 'ExactEMAHook'"
    )
    assert changes_of("[dict(type='A'), dict(type='B')]", "[dict(type='B'), dict(type='A')]") == [
        "order: custom_hooks.A.type first -> custom_hooks.B.type first"
    ]


def test_settings_are_plain_data_and_leave_the_config_alone():
    config = Config(dict(train_cfg=dict(by_epoch=True), model=dict(act=len, type=Config, sizes=(1, [2]))))
    settings = settings_of(config)
    assert settings["model.act"] == "'builtins.len'" and settings["model.sizes.1.0"] == "2"
    assert settings == json.loads(json.dumps(settings)) == settings_of(config)
    assert config.train_cfg == dict(by_epoch=True)
