import json
from dataclasses import asdict

import pytest

from seg_plugins.models.export_facts import facts_from, facts_of_config
from tests.export.base import facts_for
from tests.models.base import config_for, network_for


def held(**changes):
    return {key: json.dumps(value) for key, value in (asdict(facts_for()) | changes).items()}


def test_metadata_comes_back_as_it_was():
    assert facts_from(held(), "x") == facts_for()


IMPOSSIBLE = [
    ("classes", ["one"]), ("classes", [1, 2]), ("classes", ["a\nb", "c", "d", "e", "f"]), ("classes", None),
    ("palette", [[0, 0, 256]] * 5), ("palette", [[0, 0, 0]]), ("channels", 0), ("channels", True),
    ("channel_order", "../RGB"), ("mean", [1.0, 2.0]), ("std", [0.0]), ("std", "x"), ("input", "float16"),
    ("outputs", ["labels"]), ("size", [0, 4]), ("size", "4x4"), ("min_size", -1),
    ("threshold", 1.0), ("licence", 3),
    ("loader", {}), ("scale", [1]), ("model", []), ("steps", {"a": ["x"]}), ("config", "a" * 300),
    ("mean", [float("inf")]),
]  # fmt: skip


@pytest.mark.parametrize("key, value", IMPOSSIBLE)
def test_an_impossible_value_is_named(key, value):
    with pytest.raises(ValueError, match=rf"^x: its metadata has an impossible '{key}'"):
        facts_from(held(**{key: value}), "x")


def test_a_missing_key_and_one_that_is_no_json_are_named():
    broken = held()
    del broken["classes"]
    with pytest.raises(ValueError, match=r"^x: its metadata has no valid 'classes'"):
        facts_from(broken, "x")
    with pytest.raises(ValueError, match=r"^x: its metadata has no valid 'mean'"):
        facts_from(held() | {"mean": "[" * 100_000}, "x")


def test_a_config_states_loader_scale_network_and_numbers():
    steps = (dict(type="Resize", scale=(40, 30), keep_ratio=True),)
    facts = facts_of_config(config_for(network_for(3), steps, color_type="unchanged"))
    assert facts["loader"] == dict(type="LoadSegImage", color_type="unchanged")
    assert facts["scale"] == [dict(type="Resize", scale=[40, 30], keep_ratio=True)]
    assert facts["model"]["backbone"]["base_channels"] == 4 and "data_preprocessor" not in facts["model"]
    assert len(facts["mean"]) == 3 and "classes" not in facts


def test_class_names_are_the_data_sets():
    config = config_for(network_for(3))
    config.test_dataloader.dataset.metainfo = dict(classes=("a", "b"))
    assert facts_of_config(config)["classes"] == ["a", "b"]
    config.test_dataloader.dataset.pop("metainfo")
    config.test_dataloader.dataset.type = "CamVidDataset"
    assert facts_of_config(config)["classes"][:2] == ["Sky", "Building"]
