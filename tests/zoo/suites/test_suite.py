import json
from pathlib import Path

import pytest

from seg_plugins.zoo.suites.layout import Layout
from seg_plugins.zoo.suites.suite import list_suites, load_suite
from tests.zoo.base import add_config, write_suite

A, B = "net/net_a_1xb4-1k_toy-8x8.py", "net/net_b_1xb4-1k_toy-8x8.py"


def test_globs_times_seeds_one_seed_of_all_first(layout):
    suite = load_suite(layout, "toy")
    assert [(row.model.config, row.seed) for row in suite.rows] == [(A, 0), (B, 0), (A, 1), (B, 1)]
    assert suite.rows[0].slot == "net_a_1xb4-1k_toy-8x8.seed0"
    assert suite.models[0].algo == "net"


def test_entries_override_the_suite(layout):
    published = {"value": 70.1, "protocol": "val, ss", "source": "https://example.org", "data": "toy"}
    entry = {
        "config": A,
        "seeds": [7],
        "band": [40, 60],
        "name": "A",
        "options": {"x": 1},
        "published": published,
    }
    write_suite(layout.root, "toy", {"models": [entry], "options": {"x": 0, "y": 2}})
    (model,) = load_suite(layout, "toy").models
    assert (model.seeds, model.band, model.name, model.options) == ((7,), (40, 60), "A", {"x": 1, "y": 2})
    assert model.published.value == 70.1


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"models": ["net/net_c_1xb4-1k_toy-8x8.py"]}, ["no config", "net_c", "Did you mean", A]),
        ({"data": "tpy"}, ["unknown data set 'tpy'", "toy"]),
        ({"seed": [0]}, ["unknown key 'seed'", "seeds"]),
        ({"models": [{"config": A, "bond": [1, 2]}]}, ["unknown key 'bond'", "band"]),
        ({"models": ["net/*.py", A]}, ["two entries claim", A]),
        ({"seeds": [1, 1]}, ["seeds, each once"]),
        ({"models": [{"config": A, "band": [60, 40]}]}, ["band", "[60, 40]"]),
        ({"models": ["../../net/net_a.py"]}, ["../../net/net_a.py", "without `..`"]),
        ({"models": ["/etc/*.py"]}, ["config /etc/*.py", "write it relative to"]),
        ({"models": [{"config": A, "published": {"value": 1}}]}, ["published has no"]),
    ],
)
def test_bad_suites_are_refused_by_file_value_and_fix(layout, changes, words):
    write_suite(layout.root, "toy", changes)
    with pytest.raises(ValueError) as caught:
        load_suite(layout, "toy")
    for word in ["toy.yaml", *words]:
        assert word in str(caught.value)


def test_a_suite_lies_among_the_suites(layout):
    (layout.configs / "toy.yaml").write_text("{}")
    with pytest.raises(FileNotFoundError, match=r"no suite .*\.\./toy\.yaml"):
        load_suite(layout, "../toy")


def test_a_config_of_other_data_is_refused(layout):
    add_config(layout.root, "net/net_a_1xb4-1k_sea-8x8.py")
    write_suite(layout.root, "toy", {"models": ["net/net_a_1xb4-1k_sea-8x8.py"]})
    with pytest.raises(ValueError, match="not a config of the suite's data 'toy'"):
        load_suite(layout, "toy")


def test_a_suite_over_several_data_sets_knows_the_data_of_each_model(layout):
    (layout.configs / "_base_/datasets/sea-ice.py").write_text("num_classes = 2\n")
    add_config(layout.root, "net/net_a_1xb4-1k_sea-ice-8x8.py")
    models = [A, "net/net_a_1xb4-1k_sea-ice-8x8.py"]
    write_suite(layout.root, "toy", {"models": models, "data": ["toy", "sea-ice"]})
    suite = load_suite(layout, "toy")
    assert suite.data == ("toy", "sea-ice") and [m.data for m in suite.models] == ["toy", "sea-ice"]
    write_suite(layout.root, "toy", {"models": models, "data": ["toy", "sae-ice"]})
    with pytest.raises(ValueError, match=r"unknown data set 'sae-ice'.*Did you mean sea-ice"):
        load_suite(layout, "toy")


def test_unknown_suite_broken_yaml_and_unknown_row(layout):
    with pytest.raises(FileNotFoundError, match="Did you mean toy"):
        load_suite(layout, "toyy")
    with pytest.raises(ValueError, match=r"has no row 'net_a_1xb4-1k_toy-8x8'. Did you mean"):
        load_suite(layout, "toy").row("net_a_1xb4-1k_toy-8x8")
    (layout.suites / "bad.yaml").write_text("title: [")
    with pytest.raises(ValueError, match="not YAML"):
        load_suite(layout, "bad")
    assert list_suites(layout) == ["bad", "toy"]


def test_a_seed_can_choose_a_fold(layout):
    lists = {"list": "folds/{seed}/train.txt", "lists": ["{seed}.txt", "rest.txt"]}
    entry = {"config": A, "seeds": [0, 3], "options": {**lists, "lr": 0.1}}
    write_suite(layout.root, "toy", {"models": [entry]})
    rows = load_suite(layout, "toy").rows
    assert [row.options for row in rows] == [
        {"list": f"folds/{s}/train.txt", "lists": [f"{s}.txt", "rest.txt"], "lr": 0.1} for s in (0, 3)
    ]


def test_an_own_suite_may_name_configs_and_data_of_the_zoo(layout):
    mine = layout.root.parent / f"{layout.root.name}-mine"
    mine.mkdir()
    text = {"title": "Mine", "data": "toy", "models": ["net/net_a_1xb4-1k_toy-8x8.py"], "seeds": [0]}
    (mine / "mine.yaml").write_text(json.dumps(text))
    own, name = Layout.of_suite(layout.root, str(mine / "mine.yaml"))
    (row,) = load_suite(own, name).rows
    assert own.config(row.model.config) == layout.root / "configs/net/net_a_1xb4-1k_toy-8x8.py"
    (mine / "net").mkdir()
    beside = mine / "net" / "net_a_1xb4-1k_toy-8x8.py"
    beside.touch()  # one of the same name, beside the suite
    assert own.config(load_suite(own, name).rows[0].model.config) == beside
    (mine / "mine.yaml").write_text(json.dumps(text | {"data": "tpy"}))
    with pytest.raises(ValueError, match=r"mine/tpy\.py and no .*datasets/tpy\.py\. Did you mean toy\?"):
        load_suite(own, name)


def test_tta_is_true_or_false(layout):
    write_suite(layout.root, "toy", {"models": [{"config": "net/net_a_*.py", "tta": "yes"}]})
    with pytest.raises(ValueError, match=r"toy\.yaml: net/net_a_.*: tta is true or false; got 'yes'"):
        load_suite(layout, "toy")


SUITES = Path(__file__).parents[3] / "configs" / "suites"


def test_the_recipe_for_camvid_is_one_recipe():
    """Both halves of a start belong together, and a row tested on 0001TP trains on none of its images."""
    models = {model.line: model for model in load_suite(Layout(SUITES.parents[1]), "camvid-best").models}
    for model in models.values():
        crops = model.trains and "_1xb8-" in model.line
        assert bool(model.needs) != crops
        for need in model.needs:
            source = models[need.line]
            assert source.data == model.data and source.algo == model.algo
            assert source.variant.removesuffix("-tta") == model.variant.removesuffix("-tta")
            assert model.tta == (need.option == "test")
            held_out = {key: value for key, value in model.options.items() if "dataset" in key}
            assert held_out.items() <= source.options.items() or model.tta
    lists = SUITES / "lists" / "camvid"
    left_out = set((lists / "only-0001TP.txt").read_text().split())
    trained = set((lists / "without-0001TP.txt").read_text().split())
    assert len(left_out) == 62 and len(trained) == 305
    assert {name for name in left_out | trained if name.startswith("0001TP")} == left_out
