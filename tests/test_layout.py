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
        if path.name in ("__init__.py", "__main__.py"):
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


LAYERS = (  # from the ground up; a package imports from its own layer and from those before it
    {"config", "checkpoints", "files", "ops", "progress"},
    {"report"},
    {
        "backbones", "classical", "datasets", "decode_heads", "losses", "metrics", "optim", "postprocess",
        "roi_heads", "samplers", "segmentors", "transforms",
    },
    {"models"},
    {"hooks", "loops", "regimes", "runners"},
    {"register"},
    {"inference"},
    {"converters", "doctor", "gpu_check"},
    {"zoo", "cluster"},
    {"export", "serve"},
    {"commands"},
    {"__main__"},
)  # fmt: skip
RANK = {package: rank for rank, layer in enumerate(LAYERS) for package in layer}


def package_of(path):
    return path.relative_to(ROOT / "seg_plugins").with_suffix("").parts[0]


def imported_modules(path):
    """Modules of this package that a file imports, as tuples of names without `seg_plugins`."""
    here = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            named = [alias.name.split(".") for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = list(here[: len(here) - node.level + 1]) if node.level else []
            base += node.module.split(".") if node.module else []
            named = [[*base, alias.name] for alias in node.names]
        else:
            continue
        yield from (tuple(names[1:]) for names in named if names[0] == "seg_plugins" and len(names) > 1)


def package_imports():
    """Package -> packages that it imports -> the files that do."""
    found = {}
    for path in MODULES:
        for names in imported_modules(path):
            if path.name != "__init__.py" or path.parent.name != "seg_plugins":
                found.setdefault(package_of(path), {}).setdefault(names[0], set()).add(path.name)
    return {p: {q: files for q, files in to.items() if q != p and q in RANK} for p, to in found.items()}


def test_imports_within_a_package_are_relative_and_across_packages_absolute():
    wrong = []
    for path in MODULES:
        here = path.relative_to(ROOT).with_suffix("").parts[:-1]
        if len(here) == 1:  # seg_plugins/*.py: the package itself
            continue
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.ImportFrom):
                continue
            base = here[: len(here) - node.level + 1] if node.level else ()
            target = (*base, *(node.module.split(".") if node.module else ()))
            if target[:1] == ("seg_plugins",) and (target[:2] == here[:2]) != (node.level > 0):
                wrong.append(f"{path.relative_to(ROOT)}:{node.lineno}: {ast.unparse(node)}")
    assert wrong == []


def defines_public_names(tree):
    kinds = ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
    return any(isinstance(n, kinds) and not n.name.startswith("_") for n in tree.body)


def test_every_module_lists_its_public_names():
    missing = []
    for path in MODULES:
        tree = ast.parse(path.read_text())
        assigned = {
            target.id
            for node in tree.body
            if isinstance(node, ast.Assign | ast.AnnAssign)
            for target in (node.targets if isinstance(node, ast.Assign) else [node.target])
            if isinstance(target, ast.Name)
        }
        if "__all__" not in assigned and defines_public_names(tree):
            missing.append(str(path.relative_to(ROOT)))
    assert missing == []


def test_every_package_has_its_layer():
    there = {p.name for p in (ROOT / "seg_plugins").iterdir() if p.is_dir() and (p / "__init__.py").exists()}
    assert there - {".mim"} | {"progress", "register", "__main__"} == set(RANK)


def test_imports_run_downwards():
    upwards = {
        f"{package} -> {other}": sorted(files)
        for package, to in package_imports().items()
        for other, files in to.items()
        if RANK[other] > RANK[package]
    }
    assert upwards == {}


def test_packages_of_a_layer_import_each_other_in_one_direction():
    graph = {p: {q for q in to if RANK[q] == RANK[p]} for p, to in package_imports().items()}
    while ends := [p for p, to in graph.items() if not to & graph.keys()]:
        graph = {p: to for p, to in graph.items() if p not in ends}
    assert graph == {}


def test_a_public_name_is_defined_in_one_package():
    homes = {}
    for path in MODULES:
        for node in ast.parse(path.read_text()).body:
            if (
                isinstance(node, ast.ClassDef | ast.FunctionDef)
                and not node.name.startswith("_")
                and node.name != "main"
            ):
                homes.setdefault(node.name, set()).add(package_of(path))
    assert {name: sorted(packages) for name, packages in homes.items() if len(packages) > 1} == {}
