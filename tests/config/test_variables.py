import inspect
import json
from pathlib import Path

import pytest
from mmengine.config import Config
from mmengine.runner import Runner

from seg_plugins.config.variables import RUNNER_KEYS, bases_of, merge_options, reset_variables, used_variables

BASE = """
size = 32  # {{fileBasename}}
scale = (size * 2, size)
limit: int = 10
norm = dict(type="BN", eps=1e-3)
unused = 1
if limit > 5:
    width = 4
else:
    width = 2
steps = [dict(type="Crop", size=size), dict(type="Pack")]
train_dataloader = dict(batch_size=2, dataset=dict(pipeline=steps))
model = dict(scale=scale, norm_cfg=norm, width=width)
train_cfg = dict(max_iters=limit)
param_scheduler = [dict(end=limit)]
"""
LEAF = """
_base_ = [
    "base of été.py",
]
model = dict(head=dict(size={{_base_.size}}, limit=_base_.limit))
"""


@pytest.fixture
def leaf(tmp_path):
    (tmp_path / "base of été.py").write_text(BASE)
    (tmp_path / "leaf.py").write_text(LEAF)
    return tmp_path / "leaf.py"


def test_variables_are_what_is_set_and_used(leaf):
    assert set(used_variables(leaf)) == {"size", "scale", "limit", "norm", "width", "steps"}
    assert bases_of(leaf) == [leaf.parent / "base of été.py"]


def test_a_variable_acts_wherever_it_is_used(leaf):
    cfg = Config.fromfile(leaf)
    now, found = merge_options(cfg, {"limit": 3, "norm.eps": 0.5, "size": 16, "width": 7})
    assert (now.train_cfg.max_iters, now.param_scheduler[0].end, now.model.head.limit) == (3, 3, 3)
    assert now.model.norm_cfg == dict(type="BN", eps=0.5) and now.model.width == 7
    assert now.train_dataloader.dataset.pipeline[0].size == 16 and now.model.scale == (32, 16)
    assert now.model.head.size == 16
    ends = {"train_cfg.max_iters", "param_scheduler.0.end", "model.head.limit"}
    assert set(found["limit"]) == ends | {"model.width"} and found["width"] == {"model.width": 7}
    assert found["norm"] == {"model.norm_cfg": dict(type="BN", eps=0.5)}
    assert (now.filename, now.text) == (cfg.filename, cfg.text)
    assert cfg.train_cfg.max_iters == 10


def test_a_key_that_is_named_wins_over_the_variable(leaf):
    now, _ = merge_options(Config.fromfile(leaf), {"train_cfg.max_iters": 4, "limit": 3})
    assert (now.train_cfg.max_iters, now.param_scheduler[0].end) == (4, 3)


def test_an_item_of_a_list_acts_too(leaf):
    now, _ = merge_options(Config.fromfile(leaf), {"steps.0.size": 8})
    assert now.train_dataloader.dataset.pipeline[0].size == now.steps[0].size == 8


def test_what_nothing_uses_reaches_nothing(leaf):
    now, found = merge_options(Config.fromfile(leaf), {"unused": 2, "train_dataloader.batch_size": 3})
    assert found == {"unused": {}} and now.unused == 2 and now.train_dataloader.batch_size == 3


@pytest.mark.parametrize(
    "line, option, reason",
    [
        ("size = size // 2", {"scale": "a"}, None),
        ("steps.insert(0, dict(type='Load'))", {"steps.1.size": 8}, "changes steps after setting it"),
        ("pair = (1, 2); model['pair'] = pair", {"pair": (3, 4)}, "one statement per line"),
        ("model['first'] = scale[0]", {"scale": 8}, "not subscriptable"),
    ],
)
def test_a_value_that_cannot_act_wholly_is_refused(leaf, line, option, reason):
    base = leaf.with_name("base of été.py")
    base.write_text(f"{BASE}{line}\n")
    cfg = Config.fromfile(base)
    if reason is None:
        assert merge_options(cfg, option)[0].model.scale == "a"
        return
    with pytest.raises(ValueError, match=f"--cfg-options .*cannot be run with .*{reason}"):
        merge_options(cfg, option)


def test_variables_of_a_json_base(tmp_path):
    (tmp_path / "base.json").write_text(json.dumps(dict(classes=2, model=dict(a=1))))
    (tmp_path / "leaf.py").write_text("_base_ = 'base.json'\nmodel = dict(head={{_base_.classes}})\n")
    now, found = merge_options(Config.fromfile(tmp_path / "leaf.py"), {"classes": 5})
    assert now.model == dict(a=1, head=5) and found == {"classes": {"model.head": 5}}


def test_a_leaf_that_sets_a_variable_anew(leaf):
    leaf.write_text(LEAF + "steps = [dict(type='Pack')]\nlimit = 5\ntrain_cfg = dict(max_iters=limit)\n")
    reset = dict(reset_variables(Config.fromfile(leaf)))
    assert {name: set(keys) for name, keys in reset.items()} == {
        "limit": {"param_scheduler.0.end", "model.head.limit", "model.width"},
        "steps": {"train_dataloader.dataset.pipeline"},
    }
    more = "train_dataloader = dict(dataset=dict(pipeline=steps))\nparam_scheduler = [dict(end=limit)]\n"
    leaf.write_text(leaf.read_text() + more + "model = dict(head=dict(limit=limit), width=2)\n")
    assert list(reset_variables(Config.fromfile(leaf))) == []
    assert list(reset_variables(Config.fromfile(leaf.with_name("base of été.py")))) == []


def test_a_dumped_config_has_no_variables(leaf, tmp_path):
    Config.fromfile(leaf).dump(tmp_path / "dumped.py")
    assert used_variables(Path(tmp_path / "dumped.py")) == {}


def test_the_keys_of_runner_are_those_of_the_installed_one():
    arguments = set(inspect.signature(Runner.__init__).parameters) - {"self"}
    assert arguments == RUNNER_KEYS
