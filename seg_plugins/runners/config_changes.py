"""What differs between the config of a checkpoint and that of the run which resumes it."""

import ast
from collections.abc import Iterator
from typing import Any

from .exactness import exact_name

__all__ = ["changed_settings"]

WATCHED = ("model", "train_dataloader", "train_cfg", "optim_wrapper", "param_scheduler", "custom_hooks")


def changed_settings(before: str, now: str) -> list[str]:
    """The settings of training that differ; the texts are read, not run.

    Args:
        before: Text of a config, as `Config.pretty_text` gives it and checkpoints hold it.
        now: Another.

    Returns:
        A line for each: dotted key, old and new value.

    >>> changed_settings("train_cfg = dict(max_iters=20)", "train_cfg = dict(max_iters=40)")
    ['train_cfg.max_iters: 20 -> 40']
    """
    old, new = (dict(flattened(settings(text))) for text in (before, now))
    keys = [*old, *(key for key in new if key not in old)]
    lines = [
        f"{k}: {old.get(k, 'absent')} -> {new.get(k, 'absent')}" for k in keys if old.get(k) != new.get(k)
    ]
    if not lines and list(old) != list(new):
        old_keys, new_keys = zip(*[(a, b) for a, b in zip(old, new, strict=True) if a != b], strict=True)
        lines.append(f"order: {old_keys[0]} first -> {new_keys[0]} first")
    return lines


def settings(text: str) -> dict[str, Any]:
    """The watched assignments of a config's text as plain values; empty where it is no Python."""
    try:
        statements = ast.parse(text).body
    except (SyntaxError, ValueError):
        return {}
    found = {
        target.id: value_of(statement.value)
        for statement in statements
        if isinstance(statement, ast.Assign)
        for target in statement.targets
        if isinstance(target, ast.Name) and target.id in WATCHED
    }
    return as_it_ran(found)


def as_it_ran(found: dict[str, Any]) -> dict[str, Any]:
    """Name the exact classes that ran where upstream's stand, so that neither counts as a change."""
    loop, loader = found.get("train_cfg"), found.get("train_dataloader")
    if isinstance(loop, dict):
        if loop.get("by_epoch") in ("True", "False"):
            loop["type"] = (
                "'EpochBasedTrainLoop'" if loop.pop("by_epoch") == "True" else "'IterBasedTrainLoop'"
            )
        _name_exactly(loop)
    if isinstance(loader, dict):
        _name_exactly(loader.get("sampler"))
        dataset = loader.get("dataset")
        if isinstance(dataset, dict) and dataset.get("type") in ("'KeyedDataset'", "'mmseg.KeyedDataset'"):
            loader["dataset"] = dataset.get("dataset")
    return found


def _name_exactly(part: Any) -> None:
    if isinstance(part, dict) and isinstance(part.get("type"), str):
        kind = part["type"].strip("'").removeprefix("mmseg.")
        part["type"] = repr(exact_name(kind) or kind)


def value_of(node: ast.expr) -> Any:
    """A node of a config: dictionaries and lists of literals; anything else as its text."""
    if isinstance(node, ast.Call) and ast.unparse(node.func) == "dict" and not node.args:
        return {word.arg: value_of(word.value) for word in node.keywords}
    if isinstance(node, ast.Dict):
        return {
            ast.unparse(k) if k else "**": value_of(v) for k, v in zip(node.keys, node.values, strict=True)
        }
    if isinstance(node, ast.List | ast.Tuple):
        return by_name([value_of(element) for element in node.elts])
    return ast.unparse(node)


def by_name(members: list[Any]) -> dict[Any, Any]:
    """Members of a list by their types, so that one put in front of others does not change those.

    A second one of a type is numbered, as is whatever has none. The order is a member of its own.

    >>> by_name([{"type": "'FreezeHook'"}, {"type": "'FreezeHook'"}])
    {'FreezeHook': {'type': "'FreezeHook'"}, 'FreezeHook.1': {'type': "'FreezeHook'"}}
    """
    if not all(isinstance(member, dict) and "type" in member for member in members):
        return dict(enumerate(members))
    named: dict[str, Any] = {}
    count: dict[str, int] = {}
    for member in members:
        _name_exactly(member)
        kind = str(member["type"]).strip("'\"")
        count[kind] = count.get(kind, -1) + 1
        named[f"{kind}.{count[kind]}" if count[kind] else kind] = member
    return named


def flattened(value: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    """Dotted keys and the texts of their values."""
    if not isinstance(value, dict):
        yield prefix, value
        return
    for key, member in value.items():
        yield from flattened(member, f"{prefix}.{key}" if prefix else str(key))
