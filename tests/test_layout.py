"""The conventions of the tree, each as a test."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
MODULES = sorted(p for p in (ROOT / "seg_plugins").rglob("*.py") if ".mim" not in p.parts)
TOOLS = sorted((ROOT / "tools").glob("*.py"))
LEAVES = sorted(p for p in (ROOT / "configs").rglob("*.py") if "_base_" not in p.parts)
BASES = sorted((ROOT / "configs" / "_base_").rglob("*.py"))
FORBIDDEN_NAMES = {"utils", "misc", "common", "helpers", "util", "helper"}


def test_the_lists_are_not_empty():
    assert MODULES and BASES


def lines(path):
    return path.read_text().count("\n")


@pytest.mark.parametrize("limit, paths", [(300, MODULES + TOOLS), (80, BASES), (30, LEAVES)])
def test_no_file_is_too_long(limit, paths):
    assert {str(p.relative_to(ROOT)): lines(p) for p in paths if lines(p) > limit} == {}


def test_no_function_is_too_long():
    long = {}
    for path in MODULES + TOOLS:
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                size = node.end_lineno - node.lineno + 1
                if size > 60:
                    long[f"{path.relative_to(ROOT)}:{node.name}"] = size
    assert long == {}


def test_every_module_has_its_test():
    missing = []
    for path in MODULES:
        if path.name == "__init__.py":
            continue
        test = ROOT / "tests" / path.relative_to(ROOT / "seg_plugins").parent / f"test_{path.name}"
        if not test.exists():
            missing.append(str(test.relative_to(ROOT)))
    assert missing == []


def test_no_catch_all_names():
    found = [str(p) for p in MODULES if FORBIDDEN_NAMES & set(p.with_suffix("").relative_to(ROOT).parts)]
    assert found == []


def is_registered(node):
    return any("register_module" in ast.dump(d) for d in node.decorator_list)


def test_one_registered_class_per_file_named_after_it():
    """`LogCoshDiceLoss` lives in `log_cosh_dice_loss.py` (underscores do not count)."""
    wrong = []
    for path in MODULES:
        names = [
            n.name
            for n in ast.parse(path.read_text()).body
            if isinstance(n, ast.ClassDef) and is_registered(n)
        ]
        if len(names) > 1 or (names and names[0].lower() != path.stem.replace("_", "")):
            wrong.append((str(path.relative_to(ROOT)), names))
    assert wrong == []


def test_only_the_runtime_base_names_the_package():
    named = [p for p in BASES + LEAVES if "seg_plugins" in p.read_text() and p.name != "runtime.py"]
    assert [str(p.relative_to(ROOT)) for p in named] == []
