import pytest
from mmengine.config import Config

from seg_plugins.zoo.suites.config_hash import (
    RULE,
    config_hash,
    resolved_config,
    rule_of,
    section_hashes,
    seed_hashes,
)

LEAF = "net/net_a_1xb4-1k_toy-8x8.py"

MATTERS = {
    "model.width": 16,
    "train_dataloader.batch_size": 8,
    "train_dataloader.sampler.shuffle": False,
    "train_dataloader.dataset.pipeline.1.prob": 0.4,
    "train_dataloader.dataset.data_prefix.img_path": "images/val",
    "val_dataloader.batch_size": 2,
    "test_dataloader.dataset.type": "Other",
    "optim_wrapper.optimizer.lr": 0.02,
    "param_scheduler.0.end": 90,
    "train_cfg.max_iters": 90,
    "val_evaluator.type": "Other",
    "test_evaluator.ignore_index": 255,
    "randomness.seed": 1,
    "randomness.deterministic": True,
    "load_from": "weights.pth",
    "fast": True,
    "custom_hooks": [dict(type="EMAHook", momentum=0.1)],
    "custom_hooks.": [dict(type="HookOfMine")],
    "custom_imports": dict(imports=["mine"]),
    "default_hooks.guard": dict(type="NonFiniteGuardHook", max_skips=1),
    "default_hooks.param_scheduler": None,
    "model_wrapper_cfg": dict(type="Other"),
    "optim_wrapper.constructor": "/mine/a.py",
    "test_dataloader.dataset.ann_file": "/lists/a/val.txt",
    "key_of_mine": 1,
}
DOES_NOT = {
    "custom_imports": dict(imports=["seg_plugins.register"], allow_failed_imports=False),
    "custom_imports.": dict(imports="seg_plugins"),
    "work_dir": "elsewhere",
    "data_root": "/data/other",
    "train_dataloader.dataset.data_root": "/data/other",
    "train_dataloader.num_workers": 0,
    "train_dataloader.persistent_workers": True,
    "default_hooks.logger.interval": 1,
    "custom_hooks": [dict(type="OverlayHook")],
    "custom_hooks.": [],
    "default_hooks.checkpoint": dict(type="WholeCheckpointHook", interval=7),
    "default_hooks.report": None,
    "env_cfg": dict(cudnn_benchmark=False),
    "tta_model": dict(type="Other"),
    "log_level": "DEBUG",
    "launcher": "slurm",
    "vis_backends": [dict(type="LocalVisBackend")],
    "resume": True,
}


def changed(layout, key, value):
    config = Config(resolved_config(layout.configs / LEAF).to_dict())
    config.merge_from_dict({key.rstrip("."): value})
    return config_hash(config)


@pytest.mark.parametrize("key", MATTERS)
def test_what_decides_the_result_changes_the_hash(layout, key):
    assert changed(layout, key, MATTERS[key]) != config_hash(resolved_config(layout.configs / LEAF))


@pytest.mark.parametrize("key", DOES_NOT)
def test_what_does_not_leaves_the_hash_alone(layout, key):
    assert changed(layout, key, DOES_NOT[key]) == config_hash(resolved_config(layout.configs / LEAF))


@pytest.mark.parametrize("options", [None, {"randomness.deterministic": True}])
def test_the_hash_at_a_seed_is_that_of_the_config_with_the_seed(layout, options):
    at = seed_hashes(resolved_config(layout.configs / LEAF, options))
    for seed in (0, 7):
        assert at(seed) == config_hash(resolved_config(layout.configs / LEAF, options, seed))


def test_a_change_shows_in_its_section_only(layout):
    before = section_hashes(resolved_config(layout.configs / LEAF))
    after = section_hashes(resolved_config(layout.configs / LEAF, {"model.width": 9}))
    assert {key for key in before if before[key] != after[key]} == {"model"}


def test_order_of_keys_and_tuples_do_not_count():
    one, two = {"model": {"a": 1, "b": (1, 2)}}, {"model": {"b": [1, 2], "a": 1}}
    assert config_hash(one) == config_hash(two)


@pytest.mark.parametrize(
    "of",
    [
        lambda path: {"load_from": path},
        lambda path: {"model": {"backbone": {"init_cfg": {"checkpoint": path}}}},
        lambda path: {"train_dataloader": {"dataset": {"ann_file": path}}},
        lambda path: {"model": {"decode_head": {"loss_decode": {"class_weight": path}}}},
    ],
)
def test_two_files_of_one_name_are_two(of):
    paths = ("/a/best.x", "/b/best.x", "~/best.x", "a/best.x", "https://example.org/best.x")
    assert len({config_hash(of(path)) for path in paths}) == len(paths)
    assert len({config_hash(of(path), rule=1) for path in ("/a/best.x", "/b/best.x")}) == 1  # as it was


def test_a_record_says_its_rule():
    assert rule_of({}) == 1 and rule_of({"hash_rule": None}) == 1 and rule_of({"hash_rule": 2}) == RULE == 2


def test_rule_1_is_as_it_was():
    """The committed records are verified by it."""
    config = dict(
        model=dict(type="A", init_cfg=dict(checkpoint="/x/w.pth")), randomness=dict(seed=3), log_level="INFO",
        custom_hooks=[dict(type="EMAHook"), dict(type="Mine")],
    )  # fmt: skip
    assert section_hashes(config, rule=1).keys() == {"model", "randomness", "recipe_hooks"}
    assert config_hash(config, rule=1) == "ca86ed3e7febf91d"


def test_options_and_seed_are_part_of_the_config(layout):
    config = resolved_config(layout.configs / LEAF, {"train_cfg.max_iters": 7}, seed=5)
    assert config.train_cfg.max_iters == 7 and config.randomness.seed == 5
    assert resolved_config(layout.configs / LEAF).train_cfg.max_iters == 100


def test_options_stay_as_they_are(layout):
    options = {"train_cfg": {"_delete_": True, "type": "FitLoop"}}
    for _ in range(2):
        assert resolved_config(layout.configs / LEAF, options).train_cfg == {"type": "FitLoop"}
    assert options == {"train_cfg": {"_delete_": True, "type": "FitLoop"}}


def test_a_variable_counts_wherever_the_run_uses_it(tmp_path):
    (tmp_path / "own.py").write_text("size = 8\nmodel = dict(type='Net', size=size)\n")
    config = resolved_config(tmp_path / "own.py", {"size": 4}, seed=3)
    assert config.model.size == 4 and config.randomness.seed == 3
    assert resolved_config(tmp_path / "own.py").model.size == 8
