"""Variables of a config file; setting one also updates everything that the files compute from it.

MMEngine runs a file once. A later `max_iters = 3` replaces the variable, not the values computed from it.
This module runs copies of the files in which the variable has the new value from the start. Only this module
uses MMEngine's private readers of `_base_`.
"""

import ast
import copy
import json
import re
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import mmengine
from mmengine.config import Config

__all__ = [
    "READ_KEYS",
    "RUNNER_KEYS",
    "bases_of",
    "keep_braces",
    "merge_options",
    "reset_variables",
    "used_variables",
]

# Arguments of MMEngine's Runner, written out: with Runner comes torch, and suites are read without it.
RUNNER_KEYS = {
    "auto_scale_lr", "cfg", "custom_hooks", "data_preprocessor", "default_hooks", "default_scope", "env_cfg",
    "experiment_name", "launcher", "load_from", "log_level", "log_processor", "model", "optim_wrapper",
    "param_scheduler", "randomness", "resume", "test_cfg", "test_dataloader", "test_evaluator", "train_cfg",
    "train_dataloader", "val_cfg", "val_dataloader", "val_evaluator", "visualizer", "work_dir",
}  # fmt: skip
# Top-level keys that something reads: arguments of Runner, and keys read through `cfg.get`.
READ_KEYS = frozenset(RUNNER_KEYS) | {
    "compile", "custom_imports", "engine", "fast", "find_unused_parameters", "model_wrapper_cfg",
    "runner_type", "sync_bn", "trust_checkpoint", "tta_model", "tta_pipeline",
}  # fmt: skip
OF_A_BASE = re.compile(r"_base_\.(\w+)")


def keep_braces(text: str) -> str:
    r"""Escape double braces in the strings of a config, so that reading it restores them.

    MMEngine substitutes double braces before it parses the file. Outside strings there are none.

    Args:
        text: A config or part of one, as Python without raw strings.

    >>> print(keep_braces("'{{ fileDirname }}'"))
    '{\x7b fileDirname }}'
    """
    return text.replace("{{", r"{\x7b")


def bases_of(path: Path) -> list[Path]:
    """Return the files that a text-style config names in `_base_`, in order."""
    named = Config._get_base_files(str(path))
    return [Path(Config._get_cfg_path(name, str(path))[0]) for name in named]


def chain_of(path: Path) -> list[Path]:
    """Return a config file and all files that it inherits from."""
    return list(dict.fromkeys([path, *(file for base in bases_of(path) for file in chain_of(base))]))


def bindings(node: ast.AST) -> Iterator[tuple[ast.stmt, set[str]]]:
    """Yield the assignments of a config outside functions, with the names that each sets."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Assign | ast.AnnAssign | ast.AugAssign):
            targets = child.targets if isinstance(child, ast.Assign) else [child.target]
            stored = [n for target in targets for n in ast.walk(target) if isinstance(n, ast.Name)]
            yield child, {n.id for n in stored if isinstance(n.ctx, ast.Store)}
        elif not isinstance(child, ast.FunctionDef | ast.ClassDef | ast.expr):
            yield from bindings(child)


def used_variables(path: Path) -> dict[str, int]:
    """Return the variables that a config's files set and use, except keys that a run reads.

    Args:
        path: The config file.

    Returns:
        Each name with the number of files that set it; empty for MMEngine's lazy configs.
    """
    if path.suffix == ".py" and Config._is_lazy_import(str(path)):
        return {}
    files: Counter[str] = Counter()
    used: set[str] = set()
    for file in chain_of(path):
        text = file.read_text(encoding="utf-8")
        used.update(OF_A_BASE.findall(text))
        if file.suffix != ".py":
            files.update(set(mmengine.load(str(file))))
            continue
        tree = ast.parse(text)
        files.update({name for _, names in bindings(tree) for name in names})
        used |= {n.id for n in ast.walk(tree) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
    return {name: files[name] for name in sorted(files.keys() & used - READ_KEYS - {"_base_"})}


def copy_with(path: Path, values: Mapping[str, Any], folder: Path) -> Path:
    """Copy a config file and its bases; after each assignment of a variable, insert its new value."""
    target = folder / f"{len(list(folder.iterdir()))}{path.suffix}"
    Config._substitute_predefined_vars(str(path), str(target))
    named = Config._get_base_files(str(target))
    bases = [n if "::" in n else str(copy_with(path.parent / n, values, folder)) for n in named]
    if path.suffix != ".py":
        loaded = mmengine.load(str(target))
        changed = {k: values.get(k, v) for k, v in loaded.items()} | ({"_base_": bases} if bases else {})
        target = target.with_suffix(".json")
        target.write_text(json.dumps(changed))
        return target
    text = target.read_text(encoding="utf-8")
    lines = text.split("\n")
    for statement, names in sorted(bindings(ast.parse(text)), key=lambda found: -found[0].lineno):
        indent = " " * statement.col_offset
        if "_base_" in names:
            lines[statement.lineno - 1 : statement.end_lineno] = [f"{indent}_base_ = {bases!r}"]
        new = [f"{indent}{name} = {values[name]!r}" for name in sorted(names & values.keys())]
        if new and lines[statement.end_lineno - 1].encode()[statement.end_col_offset :].strip()[:1] == b";":
            raise ValueError(f"{path}:{statement.lineno}: write one statement per line")
        lines[statement.end_lineno : statement.end_lineno] = new
    target.write_text("\n".join(lines), encoding="utf-8")
    return target


def rebuilt(cfg: Config, values: Mapping[str, Any]) -> Config:
    """Return the config that a file gives if variables have other values from the start.

    Args:
        cfg: The config as read from its file.
        values: Variables and values.

    Returns:
        The config, under its original file name.

    Raises:
        Exception: Any error that the file raises with these values.
    """
    with tempfile.TemporaryDirectory() as folder:
        target = copy_with(Path(cfg.filename).resolve(), values, Path(folder))
        again = Config.fromfile(target, import_custom_modules=False)
    now = again.to_dict()
    if changed := [name for name, value in values.items() if now.get(name) != value]:
        raise ValueError(f"the file changes {', '.join(changed)} after setting it")
    return Config(again._cfg_dict, cfg_text=cfg.text, filename=cfg.filename, env_variables=cfg.env_variables)


def differing_keys(before: Any, after: Any, place: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the dotted keys at which two configs differ, with the later values."""
    if isinstance(before, Mapping) and isinstance(after, Mapping):
        pairs = [(k, before.get(k), after.get(k)) for k in dict.fromkeys([*before, *after])]
    elif isinstance(before, list) and isinstance(after, list) and len(before) == len(after):
        pairs = [(n, *both) for n, both in enumerate(zip(before, after, strict=True))]
    else:
        if before != after:
            yield place, after
        return
    for key, old, new in pairs:
        yield from differing_keys(old, new, f"{place}.{key}" if place else str(key))


def reached(before: Config, after: Config, value: Any) -> dict[str, Any]:
    """Return the keys read by a run at which two configs differ: dotted keys and later values.

    Keys within a dictionary or list that equals `value`, the value of a variable, count as one.
    """
    found: dict[str, Any] = {}
    for key, new in differing_keys(before.to_dict(), after.to_dict()):
        if key.split(".")[0] not in READ_KEYS:
            continue
        node: Any = after.to_dict()
        parts = key.split(".")
        for depth, part in enumerate(parts):
            node = node.get(part) if isinstance(node, Mapping) else node[int(part)]
            if node == value:
                key, new = ".".join(parts[: depth + 1]), node
                break
        found[key] = new
    return found


def reset_variables(cfg: Config) -> Iterator[tuple[str, list[str]]]:
    """Yield variables that a config sets anew although a base used another value for what it built.

    Args:
        cfg: The config as read from its file.

    Yields:
        Each variable with the dotted keys that hold what the base computed from its own value.
    """
    for name, files in used_variables(Path(cfg.filename)).items():
        if files < 2 or name not in cfg:
            continue
        value = cfg.to_dict()[name]
        try:
            again = rebuilt(cfg, {name: value})
        except Exception:  # a config is code and may reject the value in its base
            continue
        if keys := list(reached(cfg, again, value)):
            yield name, keys


def merge_options(cfg: Config, options: Mapping[str, Any]) -> tuple[Config, dict[str, dict[str, Any]]]:
    """Merge dotted keys into a config; a variable takes effect wherever the config's files use it.

    Args:
        cfg: The config as read from its file; it is not changed.
        options: Dotted keys and values.

    Returns:
        The config, and for every variable among the options the dotted keys and values that it changed.

    Raises:
        ValueError: The files cannot be run with a variable's new value.
    """
    merged = Config(cfg.to_dict(), cfg_text=cfg.text, filename=cfg.filename, env_variables=cfg.env_variables)
    merged.merge_from_dict(copy.deepcopy(dict(options)))
    named = dict.fromkeys(key.split(".")[0] for key in options)
    variables = {name: merged.to_dict()[name] for name in named if name not in READ_KEYS}
    found: dict[str, dict[str, Any]] = {name: {} for name in variables}
    if not variables or not cfg.filename:
        return merged, found
    used = used_variables(Path(cfg.filename))
    values = {name: value for name, value in variables.items() if name in used}
    try:
        for name, value in values.items():
            found[name] = reached(cfg, rebuilt(cfg, {name: value}), value)
        if values:
            merged = rebuilt(cfg, values)
            merged.merge_from_dict(copy.deepcopy(dict(options)))
    except Exception as error:
        raise ValueError(
            f"--cfg-options {' '.join(values)}: {cfg.filename} cannot be run with "
            f"{', '.join(f'{k}={v!r}' for k, v in values.items())}: {type(error).__name__}: {error}"
        ) from error
    return merged, found
