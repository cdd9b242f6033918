import ast
import re
from dataclasses import fields
from pathlib import Path

import pytest

from seg_plugins.zoo.suites.layout import Layout
from seg_plugins.zoo.suites.model import Published
from seg_plugins.zoo.suites.suite import load_suite
from seg_plugins.zoo.suites.suite_checks import (
    EXPORT_KEYS,
    MACHINE_KEYS,
    MODEL_KEYS,
    NEED_KEYS,
    PUBLISHED_KEYS,
    SUITE_KEYS,
)
from seg_plugins.zoo.tables.render import render_markdown
from seg_plugins.zoo.tables.table import build_table
from tests.zoo.base import write_suite

A = "net/net_a_1xb4-1k_toy-8x8.py"
STEP = {"config": A, "variant": "step"}


@pytest.mark.parametrize(
    "changes, words",
    [
        ({"models": [STEP, STEP]}, ["two entries claim", "variant"]),
        ({"models": [{**STEP, "variant": "A b"}]}, ["variant 'A b'", "small letters"]),
        ({"models": [{**STEP, "fit": True}], "weights": None}, ["`fit`", "names no suite"]),
        ({"weights": "toyy"}, ["no other suite 'toyy'", "Did you mean toy"]),
        ({"weights": "steps"}, ["no other suite 'steps'"]),
    ],
)
def test_bad_suites_are_refused(layout, changes, words):
    write_suite(layout.root, "steps", {"weights": "toy", "models": [STEP], **changes})
    with pytest.raises(ValueError) as caught:
        load_suite(layout, "steps")
    assert all(word in str(caught.value) for word in ["steps.yaml", *words])


def test_the_table_shows_the_columns_that_the_suite_names(layout):
    write_suite(layout.root, "toy", {"models": [A], "seeds": [0], "columns": ["minutes"]})
    head = render_markdown(build_table(load_suite(layout, "toy"), {})).splitlines()[0]
    assert head == "| model | minutes | mIoU | seeds |"
    write_suite(layout.root, "toy", {"columns": ["minuets"]})
    with pytest.raises(ValueError, match=r"unknown column 'minuets'. Did you mean minutes"):
        load_suite(layout, "toy")


ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "configs/suites/README.md").read_text()
SECTIONS = {
    "Keys of the suite": SUITE_KEYS,
    "Keys of a row": MODEL_KEYS,
    "Keys of a machine": MACHINE_KEYS,
    "Keys of a published figure": PUBLISHED_KEYS,
    "Rows that need others": NEED_KEYS,
    "Rows that test an exported file": EXPORT_KEYS,
}


def keys_read():
    """Every text that code of the zoo looks up in a mapping: `x["key"]`, `x.get("key")`, `"key" in x`."""
    found = {field.name for field in fields(Published)}  # `published` becomes the class by its keys
    for path in [*(ROOT / "seg_plugins/zoo").rglob("*.py"), *(ROOT / "seg_plugins/cluster").rglob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text())):
            parts = []
            if isinstance(node, ast.Subscript):
                parts = [node.slice]
            elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "get":
                parts = node.args[:1]
            elif isinstance(node, ast.Compare):
                parts = [node.left]
            found |= {part.value for part in parts if isinstance(part, ast.Constant)}
    return found


@pytest.mark.parametrize("title", SECTIONS)
def test_the_page_lists_every_key_and_no_other(title):
    section = PAGE.split(f"## {title}\n")[1].split("\n## ")[0]
    listed = re.findall(r"^\| `(\w+)` \|", section, re.M)
    assert len(listed) == len(set(listed)) and set(listed) == SECTIONS[title]
    assert SECTIONS[title] <= keys_read()


def test_the_pages_example_is_a_suite(tmp_path):
    """It is read with the project's own configs."""
    (tmp_path / "configs/suites").mkdir(parents=True)
    for folder in (ROOT / "configs").iterdir():
        if folder.is_dir() and folder.name != "suites":
            (tmp_path / "configs" / folder.name).symlink_to(folder)
    (example,) = re.findall(r"```yaml\n(.*?)```", PAGE, re.S)
    (tmp_path / "configs/suites/example.yaml").write_text(example)
    suite = load_suite(Layout(tmp_path), "example")
    needs = {model.variant: [need.option for need in model.needs] for model in suite.models if model.variant}
    assert needs == {"first": [], "second": ["load_from"], "first-50": ["test"]}
    assert len(suite.models) > 5


def test_a_machines_keys_are_known(layout):
    write_suite(layout.root, "toy", {"machine": {"gpu_per_node": 8}})
    with pytest.raises(ValueError, match="unknown key 'gpu_per_node' in machine"):
        load_suite(layout, "toy")
